"""Words of programming English: which say nothing, which say little, which mean the same. Data for `terms.py`.

General knowledge about language and about code, never about one repository.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP = _words("""
a actually all also an and another any anything anywhere are aren as at be been being but by can cause caused causes
certain class code codebase come comes control controlled controls could decide decided decides describe determine
determined determines did didn do does doesn doing don done each end ended ends everything exactly explain find for
from function get gets give go goes got govern governs had happen happening happens has have here how i if implement
implementation implemented in into is isn it its itself just let like list ll logic made make makes matter matters me
mean means method might must my need no not notice noticed notices occur occurs of off on once one only onto or other
our out over own per place please project put puts really reason repo repository responsible s same settle settled
shall she should show so some something somewhere stuff such t tell than that the their them then there these they
thing things this those through to too under until up us ve very via vs was way we were what whats when where wheres
whether which while who whom whose why will with within without won work works would you your
""")
"""Words that say nothing about which thing is meant."""

LIGHT = _words("""
call given single value return returned support use used want need new type object own whole various several
particular specific part side piece kind sort case cases name set line lines take taken keep kept still real extra
first last same different incoming outgoing using user
""")
"""Words that say little: they count half."""

WHOLE = _words("""
access action address after bed bring buffer bus bytes character class color cost digital during embed error ever feed
filter final float folder function general global header host king lambda layer led local metal million motor need
never normal nothing number option order other over paper parameter pointer position process red region ring section
seed server session signal speed status string thing total under union user value vector version
""")
"""Words whose ending only looks like an inflection."""

_SAME = """
credential auth login password authorization authentication authenticate
remove strip delete drop discard clear erase unset
lookup look find locate search discover findable guess detect
print show display echo output
error exception failure fail err uncaught unhandled
create build construct make generate produce new
change modify update alter mutate edit rewrite
check validate verify ensure test validity
send dispatch transmit emit post deliver
read load parse fetch
write save store persist dump
config configuration setting option configure preference
env environment environ
param parameter argument arg kwarg
init initialize constructor initialise setup startup
dir directory folder
path file filename
merge combine join concat
convert translate transform turn coerce map
url uri link address
cert certificate tls ssl ca
response reply answer
request req
order sort precedence priority
default fallback
size length limit max maximum
stop exit quit abort terminate shutdown close end
start begin launch run execute
function callable func callback hook handler
message msg text
database db
async asynchronous coroutine await
subclass inherit derive
deprecate obsolete
encode serialize dump marshal
decode deserialize load unmarshal
log logger logging record
host hostname domain origin server
true truthy truth bool boolean false
directory dir
http https
attach add register append insert
skip ignore bypass exclude
command cmd cli
template jinja
escape autoescape sanitize
retry attempt
cache memoize
compress gzip deflate zip
thread lock concurrent
temporary temp tmp
version release
import module
stream chunk iterate
secret key sign signature
format render
wrap decorate decorator proxy
permission access allow
key name
time date datetime timestamp
wait timeout sleep expire
previous old former legacy
rotate fallback
loop infinite recursion cycle
allow permit accept enable
deny forbid reject refuse disable prevent
copy clone duplicate
compare equal match
empty blank null none
count number total
user username
extra optional
regex regexp pattern re
fake mock stub dummy mimic imitate
guard protect ensure assert
split separate partition
standard builtin stdlib
decompress decode inflate unzip
body content payload data
pick choose select resolve prefer
walk traverse iterate visit loop
number count amount quantity
expire lifetime age ttl duration timeout
hide mask obfuscate redact conceal
guess detect infer sniff apparent
nested nest inside child inner
parent outer enclosing base super
warn warning notice
prefix prepend
suffix append
conflict clash collision duplicate ambiguous
unknown missing absent undefined
compute calculate derive evaluate
schedule cron periodic
job task worker
download fetch retrieve
scheme protocol
trim strip whitespace
rewind seek reset
close release cleanup teardown dispose
undo revert rollback
shell interactive repl console
color colour ansi
glob wildcard pattern
reload restart refresh
endpoint route view
equal same identical
bytes binary raw
text string str unicode
integer int numeric
dict mapping dictionary
list array sequence
iterator generator iter
event signal notify notification
listener subscriber receiver
plugin extension addon
hierarchy mro ancestor inherit
quote escape
relative absolute join
call invoke dispatch trigger fire
"""

SYNONYMS: tuple[tuple[str, ...], ...] = tuple(tuple(line.split()) for line in _SAME.strip().splitlines())
"""Sets of words that programmers use for the same thing. A hit through one counts less than the word itself."""

DUNDERS = {
    "__init__": "constructor create initialize",
    "__new__": "constructor create instance",
    "__init_subclass__": "subclass created hook",
    "__call__": "call callable",
    "__bool__": "true false truth boolean",
    "__len__": "length size",
    "__iter__": "iterate loop over",
    "__next__": "iterate next",
    "__contains__": "in membership contains",
    "__getitem__": "index subscript lookup item",
    "__setitem__": "assign item",
    "__delitem__": "delete item",
    "__getattr__": "attribute missing lookup",
    "__setattr__": "assign attribute",
    "__enter__": "context manager with block enter",
    "__exit__": "context manager with block leave exit",
    "__aenter__": "async context manager with block enter",
    "__aexit__": "async context manager with block leave exit",
    "__eq__": "equal compare same",
    "__lt__": "compare order sort",
    "__hash__": "hash",
    "__repr__": "printed shown debug string",
    "__str__": "string text",
    "__getstate__": "pickle serialize state",
    "__setstate__": "pickle deserialize restore state",
    "__reduce__": "pickle",
    "__del__": "garbage collected destroyed",
    "__get__": "descriptor access",
    "__set__": "descriptor assign",
    "__html__": "html escape markup",
}
"""What Python's special methods are for, in words that people ask with."""
