"""The entry of the desktop bundle: the installed forethought, serving the folder that the user chose. Packed with `mcpb pack`."""

import sys

import forethought

if __name__ == "__main__":
    sys.argv[1:] = ["serve"]
    sys.exit(forethought.main())
