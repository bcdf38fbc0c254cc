"""A third project's month, in other words: written before it was ever run, and no rule changed for what it showed. Data only.

The other two are `month_script.py`. Here the same thing is said in fewer common words, and what changes its mind often names only
the new value.
"""

from __future__ import annotations

from tests.bench.month_script import Script, Truth

MOBILE = Script(
    (
        Truth(("pnpm",), ("pnpm is the package manager of this repo", "Install JavaScript dependencies with pnpm, not npm", "Please use pnpm, npm breaks the workspace links")),
        Truth(("two spaces",), ("Indent TypeScript with two spaces", "We indent with two spaces"), was=("Use tabs", "Indent with tabs")),
        Truth(("9090",), ("The server's port is 9090", "The API is on port 9090 now"), was=("The API listens on 8000", "The server runs on port 8000")),
        Truth(("release branch",), ("Releases are cut from the release branch only", "We release from the release branch"), was=("Deploy from main", "Releases go out from main")),
        Truth(("emulator",), ("The camera tests crash on the emulator, use a real device", "On the emulator the camera tests always crash", "Camera tests need a real device because the emulator crashes")),
        Truth(("translation",), ("Never edit translation files, they come from Lokalise", "Translations come from Lokalise; don't edit the translation files yourself", "Translation files must not be changed by hand")),
        Truth(("single quotes",), ("Single quotes in TypeScript, please", "Strings take single quotes in the TypeScript code"), was=("Use double quotes in TypeScript",)),
        Truth(("vitest",), ("Run the unit tests with vitest", "vitest is our unit test runner now"), was=("Unit tests run with jest",)),
        Truth(("feature flag",), ("Put every new screen behind a feature flag", "New screens must always sit behind a feature flag", "A new screen needs a feature flag")),
        Truth(("summary",), ("I want a one-line summary first, details after", "Please always begin with a one-line summary for me"), scope="me"),
        Truth(("60",), ("Uploads time out after 60 seconds", "The timeout of uploads is one minute (60 seconds)"), was=("Uploads time out after 20 seconds",)),
        Truth(("pod install",), ("After switching branches the iOS build fails until you run pod install", "iOS builds fail after a branch switch unless pod install is run")),
        Truth(("any",), ("Don't use `any` in TypeScript, use `unknown`", "`any` is forbidden, prefer `unknown`")),
        Truth(("squash",), ("Squash merges only", "Pull requests must be merged with squash"), was=("Merge pull requests with a merge commit",)),
    ),
    (
        "The splash screen flickered once on a Pixel 3", "A tester's phone had no space left for the build", "The crash reporter showed an old version number for a while",
        "The App Store rejected the screenshots of the tablet", "Marketing renamed the subscription tiers in the deck", "The designer's colour for errors is slightly off in dark mode",
        "One push notification arrived in Portuguese", "The analytics dashboard lost the numbers of Sunday", "A beta user has forty thousand photos",
        "The certificate of the test device farm ran out in the morning", "The map tiles were grey in the train", "Somebody's keyboard covers the login button on iOS 15",
    ),
    (
        "fine", "ok, next", "thank you!", "I rebuilt the app", "checks passed", "The upload is running right now", "what is this hook for?", "we fixed it yesterday",
        "looks good for now", "I opened the simulator", "lint is green", "done, pushed", "the agent read App.tsx", "can you try again?", "it crashed this time", "great",
    ),
)  # fmt: skip
