"""What differs between the languages that are read from syntax trees, as a table, and the loading of their grammars.

How a tree is read is the same for all: `trees.py`. What is taken from it: the files in `queries/`.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from tree_sitter import Parser, Query

_QUERIES = Path(__file__).parent / "queries"


class Grammar(NamedTuple):
    """A language, as far as the reader must know it.

    `members` are nodes of the form "object.name": their type, and the fields of the two. `calls` are nodes that stand for the
    result of calling something, `through` for the same value as their first child (or the field given).
    """

    package: str
    queries: str
    function: str = "language"
    members: dict[str, tuple[str, str]] = {}  # noqa: RUF012 - the table below is never changed
    calls: dict[str, str] = {}  # noqa: RUF012
    through: dict[str, str] = {}  # noqa: RUF012
    selves: frozenset[str] = frozenset({"this"})
    supers: frozenset[str] = frozenset({"super"})
    open_names: bool = False
    """Whether a name that a file does not define or import by name may be another file's (a package, an include)."""
    bare_members: bool = False
    """Whether members of the enclosing class are in scope by their bare names."""
    exported: Callable[[str, str], bool] = lambda name, head: True
    joint: str = "#"
    known: frozenset[str] = frozenset()
    """Names that the language provides: no references are made of them."""
    keywords: frozenset[str] = frozenset()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_JS_KNOWN = _words(
    """Array ArrayBuffer BigInt Boolean Buffer Date Error EvalError Float32Array Float64Array Function Infinity Int8Array
    Intl JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError Reflect RegExp Set String Symbol SyntaxError
    TypeError URIError Uint8Array WeakMap WeakSet arguments clearInterval clearTimeout console decodeURIComponent document
    encodeURIComponent exports global globalThis import isNaN module parseFloat parseInt process queueMicrotask require self
    setInterval setTimeout undefined window __dirname __filename string number boolean any unknown never void object
    Partial Required Readonly Record Pick Omit Exclude Extract NonNullable ReturnType Parameters Awaited Iterable
    AsyncIterable Iterator AsyncIterator Generator AsyncGenerator PromiseLike ArrayLike ReadonlyArray InstanceType
    ConstructorParameters const URL URLSearchParams Uint16Array Uint32Array Int16Array Int32Array Uint8ClampedArray DataView"""
)
_JS_KEYWORDS = _words(
    """async await break case catch class const continue debugger default delete do else enum export extends false finally for
    from function if implements import in instanceof interface let new null of private protected public readonly return static
    super switch this throw true try type typeof undefined var void while with yield string number boolean any unknown never"""
)
_GO_KNOWN = _words(
    """any append bool byte cap clear close comparable complex complex128 complex64 copy delete error false float32 float64
    imag int int16 int32 int64 int8 iota len make max min new nil panic print println real recover rune string true uint
    uint16 uint32 uint64 uint8 uintptr _"""
)
_GO_KEYWORDS = _words(
    """break case chan const continue default defer else fallthrough for func go goto if import interface map package range
    return select struct switch type var nil true false err int string bool error"""
)
_RUST_KNOWN = _words(
    """Some None Ok Err Option Result Vec String Box Rc Arc Cell RefCell Self str bool char u8 u16 u32 u64 u128 usize i8 i16
    i32 i64 i128 isize f32 f64 Copy Clone Debug Default Drop Eq PartialEq Ord PartialOrd Hash Iterator IntoIterator From Into
    AsRef AsMut ToString ToOwned Send Sync Sized Fn FnMut FnOnce TryFrom TryInto Extend DoubleEndedIterator ExactSizeIterator
    drop vec println print eprintln eprint format panic assert assert_eq assert_ne debug_assert debug_assert_eq
    debug_assert_ne unreachable unimplemented todo write writeln matches include_str include_bytes concat env option_env
    stringify line file cfg dbg macro_rules compile_error thread_local derive test inline must_use allow"""
)
_RUST_KEYWORDS = _words(
    """as async await break const continue crate dyn else enum extern false fn for if impl in let loop match mod move mut pub
    ref return self static struct super trait true type unsafe use where while usize str bool"""
)
_JAVA_KNOWN = _words(
    """Boolean Byte Character Class Comparable Deprecated Double Enum Error Exception Float FunctionalInterface
    IllegalArgumentException IllegalStateException Integer Iterable Long Math NullPointerException Number Object Override
    Runnable RuntimeException SafeVarargs Short String StringBuilder SuppressWarnings System Thread Throwable
    UnsupportedOperationException Void var AutoCloseable CharSequence IndexOutOfBoundsException InterruptedException
    ClassNotFoundException CloneNotSupportedException Process Record StackTraceElement ThreadLocal length"""
)
_JAVA_KEYWORDS = _words(
    """abstract assert boolean break byte case catch char class continue default do double else enum extends false final
    finally float for if implements import instanceof int interface long new null package private protected public record
    return short static super switch synchronized this throw throws true try var void volatile while"""
)
_C_KNOWN = _words(
    """NULL bool char double float int long short signed size_t ssize_t unsigned void int8_t int16_t int32_t int64_t uint8_t
    uint16_t uint32_t uint64_t uintptr_t intptr_t ptrdiff_t va_list true false nullptr std auto defined __FILE__ __LINE__
    __func__ FILE EOF errno stdin stdout stderr"""
)
_C_KEYWORDS = _words(
    """auto break case char const continue default define do double else endif enum extern float for goto if ifdef ifndef
    include inline int long register return short signed sizeof static struct switch typedef union unsigned void volatile
    while class namespace template typename public private protected virtual override using nullptr true false bool"""
)
_SHELL_KNOWN = _words(
    """. : [ [[ alias awk basename bc bg break builtin bzip2 case cat cd chmod chown cmp command continue cp curl cut date
    declare diff dirname du echo env eval exec exit export expr false fg file find getopts grep gzip hash head hostname id
    install jobs kill let ln local ls mkdir mktemp mv nl od paste popd printf ps pushd pwd read readlink readonly realpath
    return rm rmdir sed seq set shift shopt sleep sort source stat sudo tail tar tee test time touch tr trap true type ulimit
    umask unalias uname uniq unset unzip wait wc wget which while whoami xargs yes zip git"""
)
_RUBY_KNOWN = _words(
    """puts print p require require_relative raise attr_reader attr_writer attr_accessor include extend prepend private public
    protected module_function lambda proc loop catch throw format sprintf rand sleep exit abort at_exit freeze dup nil true
    false String Array Hash Integer Float Symbol Proc Object Class Module Kernel Struct Time File Dir IO Regexp Range Set
    StandardError ArgumentError RuntimeError TypeError KeyError NameError NotImplementedError ENV ARGV block_given? new
    alias_method define_method instance_variable_get instance_variable_set binding caller gets"""
)
_RUBY_KEYWORDS = _words(
    """alias and begin break case class def defined do else elsif end ensure false for if in module next nil not or redo rescue
    retry return self super then true undef unless until when while yield"""
)
_PHP_KNOWN = _words(
    "parent self static array string int float bool mixed void null true false iterable callable object never"
)
_PHP_KEYWORDS = _words(
    """abstract and array as break callable case catch class clone const continue declare default do echo else elseif empty
    endfor endforeach endif endswitch endwhile enum extends final finally fn for foreach function global goto if implements
    include instanceof insteadof interface isset list match namespace new null or print private protected public readonly
    require return self static string switch this throw trait true try unset use var void while xor yield php"""
)
_CSHARP_KNOWN = _words(
    """string int bool object void var dynamic nameof typeof String Int32 Boolean Object Task List Dictionary IEnumerable
    IList IDictionary Exception Console Math DateTime TimeSpan Guid Func Action Nullable Environment Convert Type Array"""
)
_CSHARP_KEYWORDS = _words(
    "async await base bool get set in is namespace out override partial readonly ref sealed string using"
)
_PY_KNOWN = _words(
    """self cls super print len range str int float bool bytes list dict set tuple type object isinstance issubclass getattr
    setattr hasattr None True False Exception ValueError TypeError KeyError RuntimeError enumerate zip map filter sorted
    reversed min max sum any all abs open repr iter next property staticmethod classmethod id vars dir hash callable"""
)

_ECMASCRIPT = Grammar(
    "tree_sitter_javascript",
    "javascript jsx ecmascript",
    members={"member_expression": ("object", "property"), "nested_type_identifier": ("module", "name")},
    calls={"call_expression": "function", "new_expression": "constructor"},
    through={
        "await_expression": "", "parenthesized_expression": "", "non_null_expression": "", "as_expression": "",
        "satisfies_expression": "",
    },
    exported=lambda name, head: not (name.startswith("#") or re.search(r"\bprivate\b", head)),
    known=_JS_KNOWN,
    keywords=_JS_KEYWORDS,
)  # fmt: skip


def _not_private(name: str, head: str) -> bool:
    return not re.match(r"(?:\w+\s+)*private\b", head)


_C = Grammar(
    "tree_sitter_c",
    "c",
    members={"field_expression": ("argument", "field"), "qualified_identifier": ("scope", "name")},
    calls={"call_expression": "function", "new_expression": "type"},
    through={"parenthesized_expression": "", "pointer_expression": "argument", "cast_expression": "value"},
    open_names=True,
    exported=lambda name, head: not re.match(r"(?:\w+\s+)*static\b", head),
    known=_C_KNOWN,
    keywords=_C_KEYWORDS,
)

GRAMMARS: dict[str, Grammar] = {
    "javascript": _ECMASCRIPT,
    "typescript": _ECMASCRIPT._replace(
        package="tree_sitter_typescript", queries="typescript ecmascript", function="language_typescript"
    ),
    "tsx": _ECMASCRIPT._replace(
        package="tree_sitter_typescript", queries="typescript jsx ecmascript", function="language_tsx"
    ),
    "go": Grammar(
        "tree_sitter_go",
        "go",
        members={"selector_expression": ("operand", "field"), "qualified_type": ("package", "name")},
        calls={"call_expression": "function", "composite_literal": "type"},
        through={"unary_expression": "operand", "parenthesized_expression": "", "generic_type": "type"},
        selves=frozenset(),
        open_names=True,
        exported=lambda name, head: name[:1].isupper(),
        known=_GO_KNOWN,
        keywords=_GO_KEYWORDS,
    ),
    "rust": Grammar(
        "tree_sitter_rust",
        "rust",
        members={
            "field_expression": ("value", "field"),
            "scoped_identifier": ("path", "name"),
            "scoped_type_identifier": ("path", "name"),
        },
        calls={"call_expression": "function", "struct_expression": "name"},
        through={
            "try_expression": "",
            "await_expression": "",
            "parenthesized_expression": "",
            "reference_expression": "value",
            "generic_type": "type",
            "generic_function": "function",
            "generic_type_with_turbofish": "type",
        },
        selves=frozenset({"self", "Self"}),
        open_names=True,
        exported=lambda name, head: head.startswith("pub"),
        known=_RUST_KNOWN,
        keywords=_RUST_KEYWORDS,
    ),
    "java": Grammar(
        "tree_sitter_java",
        "java",
        members={"field_access": ("object", "field"), "method_invocation": ("object", "name")},
        calls={"object_creation_expression": "type"},
        through={"parenthesized_expression": "", "cast_expression": "type", "generic_type": ""},
        open_names=True,
        bare_members=True,
        exported=_not_private,
        known=_JAVA_KNOWN,
        keywords=_JAVA_KEYWORDS,
    ),
    "c": _C,
    "cpp": _C._replace(package="tree_sitter_cpp", queries="cpp c", bare_members=True),
    "ruby": Grammar(
        "tree_sitter_ruby",
        "ruby",
        members={"call": ("receiver", "method"), "scope_resolution": ("scope", "name")},
        selves=frozenset({"self"}),
        bare_members=True,
        known=_RUBY_KNOWN,
        keywords=_RUBY_KEYWORDS,
    ),
    "php": Grammar(
        "tree_sitter_php",
        "php",
        "language_php",
        members={
            "member_call_expression": ("object", "name"),
            "member_access_expression": ("object", "name"),
            "scoped_call_expression": ("scope", "name"),
            "class_constant_access_expression": ("scope", "name"),
        },
        calls={"object_creation_expression": "type"},
        selves=frozenset({"$this", "self", "static"}),
        exported=_not_private,
        known=_PHP_KNOWN,
        keywords=_PHP_KEYWORDS,
    ),
    "csharp": Grammar(
        "tree_sitter_c_sharp",
        "csharp",
        members={"member_access_expression": ("expression", "name"), "qualified_name": ("qualifier", "name")},
        calls={"invocation_expression": "function", "object_creation_expression": "type"},
        through={"parenthesized_expression": "", "await_expression": "", "generic_name": ""},
        selves=frozenset({"this"}),
        supers=frozenset({"base"}),
        bare_members=True,
        exported=_not_private,
        known=_CSHARP_KNOWN,
        keywords=_JAVA_KEYWORDS | _CSHARP_KEYWORDS,
    ),
    "bash": Grammar("tree_sitter_bash", "bash", selves=frozenset(), open_names=True, known=_SHELL_KNOWN),
    "python": Grammar(
        "tree_sitter_python",
        "python",
        members={"attribute": ("object", "attribute")},
        calls={"call": "function"},
        through={"await": "", "parenthesized_expression": ""},
        selves=frozenset({"self", "cls"}),
        exported=lambda name, head: not name.startswith("_"),
        joint=".",
        known=_PY_KNOWN,
    ),
}


@cache
def parser_and_query(language: str) -> tuple[Parser, Query]:
    """The parser of a language and its query, loaded once. Raises ImportError where its grammar is not installed."""
    from tree_sitter import Language, Parser, Query

    grammar = GRAMMARS[language]
    loaded = Language(getattr(importlib.import_module(grammar.package), grammar.function)())
    text = "".join((_QUERIES / f"{name}.scm").read_text("utf-8") for name in grammar.queries.split())
    return Parser(loaded), Query(loaded, text + "\n(ERROR) @error\n")
