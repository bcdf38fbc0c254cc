"""Source files of eight languages: what they define, how it is written, what they import and which settings they read."""

# ruff: noqa: E501 - samples of source are easier to read on one line

from __future__ import annotations

from store.source.languages.page import Page
from store.source.read import read, reader_of
from store.source.record import FileRecord, Symbol


def record(path: str, text: str) -> FileRecord:
    found = read(path, text.encode())
    assert found.parsed, found.note
    assert not found.note
    return found


def symbols(path: str, text: str) -> dict[str, Symbol]:
    return {s.qual: s for s in record(path, text).symbols}


def refs(path: str, text: str, scope: str = "") -> set[tuple[str, str]]:
    return {(r.kind, r.name) for r in record(path, text).refs if r.scope == scope}


TYPESCRIPT = """\
/** What a shop sells. */
import { Base as Root } from './base'

/**
 * A thing with a price.
 *
 * More about it.
 */
@sealed
export class Item extends Root implements Priced {
  static count = 0
  private readonly tax: Tax = new Tax()

  @logged
  async price(of: Item): Promise<number> {
    throw new PriceError(of.name)
  }
}

export interface Priced { price(of: Item): Promise<number> }
export type Id = string
export enum Kind { Food, Drink = 2 }
export const open = (at: string) => serve(at)
export default function serve(at = process.env.PORT ?? '80') {}
function inner() { function nested() {} nested() }
"""


def test_an_error_that_is_thrown_on_a_condition_is_thrown() -> None:
    text = "function add(e) { throw e === WRONG ? new PathError(e) : e }\n"
    assert ("raise", "PathError") in refs("add.ts", text, "add")


def test_typescript_definitions_have_their_nesting_spans_and_docs() -> None:
    found = symbols("shop.ts", TYPESCRIPT)
    assert list(found) == [
        "Item", "Item.count", "Item.tax", "Item.price", "Priced", "Priced.price", "Id", "Kind", "Kind.Food", "Kind.Drink",
        "open", "serve", "inner", "inner.nested",
    ]  # fmt: skip
    item = found["Item"]
    assert (item.kind, item.start, item.end, item.doc) == ("class", 9, 18, "A thing with a price.")
    assert (item.bases, item.decorators, item.exported) == (("Root", "Priced"), ("sealed",), True)
    assert item.signature == "export class Item extends Root implements Priced"
    price = found["Item.price"]
    assert (price.kind, price.start, price.end, price.decorators) == ("method", 14, 17, ("logged",))
    assert price.signature == "async price(of: Item): Promise<number>"
    assert not found["Item.tax"].exported
    assert not found["inner"].exported
    assert (found["open"].kind, found["Kind"].kind, found["Id"].kind) == ("function", "enum", "type")


def test_typescript_references_tell_their_kind_and_what_is_known_of_their_receiver() -> None:
    assert {("base", "./base#Base"), ("decorate", "sealed")} <= refs("a.ts", TYPESCRIPT, "Item") | refs(
        "a.ts", TYPESCRIPT
    )
    price = refs("a.ts", TYPESCRIPT, "Item.price")
    assert {("raise", "PriceError"), ("use", "Item.name"), ("annotate", "Item")} <= price
    assert refs("a.ts", TYPESCRIPT, "inner") == {("call", "inner.nested")}
    assert record("a.ts", TYPESCRIPT).exports == ("Item", "Priced", "Id", "Kind", "open", "default=serve")


def test_a_local_is_no_reference_and_hides_what_has_its_name_outside() -> None:
    text = "import { shop } from './shop'\nfunction f(shop) { shop.open(); const x = 1; return x }\nfunction g() { shop.open() }\n"
    assert refs("a.js", text, "f") == {("call", "open")}
    assert refs("a.js", text, "g") == {("call", "./shop#shop.open"), ("use", "./shop#shop")}


def test_javascript_imports_of_every_form_are_taken_apart() -> None:
    text = (
        "import d, { a as b } from './m'\nimport * as ns from 'pkg'\nimport './side'\nexport { x as y } from './z'\n"
        "export * from './all'\nconst { p, q: r } = require('./cjs')\nconst whole = require('whole')\nimport('./later')\n"
    )
    assert [(i.module, i.name, i.alias, i.line) for i in record("a.js", text).imports if i.name != "*"] == [
        ("./m", "default", "d", 1), ("./m", "a", "b", 1), ("pkg", "", "ns", 2), ("./side", "", "", 3), ("./cjs", "p", "", 6),
        ("./cjs", "q", "r", 6), ("whole", "", "whole", 7), ("./later", "", "", 8), ("./z", "x", "y", 4),
    ]  # fmt: skip
    assert record("a.js", text).exports == ("y", "*")


def test_settings_are_found_in_every_language_with_their_defaults() -> None:
    found = {
        path: [(s.name, s.access, s.default) for s in record(path, text).settings]
        for path, text in {
            "a.ts": "const a = process.env.HOST || 'local'\nimport.meta.env.MODE\nconst { PORT = 3 } = process.env\n",
            "a.go": 'package a\n\nfunc f() { os.Getenv("HOST"); os.Setenv("PORT", "1") }\n',
            "a.rs": 'fn f() { std::env::var("HOST").unwrap_or("local"); }\n',
            "A.java": 'class A { void f() { System.getenv("HOST"); } }\n',
            "a.c": 'void f() { getenv("HOST"); }\n',
            "a.sh": 'echo "${HOST:-local}" "${PLAIN}"\nexport PORT=80\n',
        }.items()
    }
    assert found == {
        "a.ts": [("HOST", "read", "local"), ("MODE", "read", ""), ("PORT", "read", "3")],
        "a.go": [("HOST", "read", ""), ("PORT", "define", "")],
        "a.rs": [("HOST", "read", "local")],
        "A.java": [("HOST", "read", "")],
        "a.c": [("HOST", "read", "")],
        "a.sh": [("HOST", "read", "local"), ("PORT", "define", "80")],
    }


def test_go_methods_belong_to_their_type_and_capital_letters_are_exported() -> None:
    text = (
        "// Package shop sells.\npackage shop\n\n// Cart holds.\ntype Cart struct {\n\tBase\n\titems []Item\n}\n\n"
        "// Pay pays.\nfunc (c *Cart) Pay(to string) (n int, err error) {\n\tc.check()\n\tother := New()\n\tother.Pay(to)\n\treturn\n}\n\n"
        "func New() *Cart { return &Cart{} }\n\nvar a, b = 1, 2\n\nconst (\n\tX = iota\n\tY\n)\n"
    )
    found = symbols("shop.go", text)
    assert list(found) == ["Cart", "Cart.items", "Cart.Pay", "New", "a", "b", "X", "Y"]
    assert found["Cart"].bases == ("Base",)
    assert (found["Cart.Pay"].doc, found["Cart.Pay"].start, found["Cart.Pay"].end) == ("Pay pays.", 11, 16)
    assert [q for q, s in found.items() if s.exported] == ["Cart", "Cart.Pay", "New", "X", "Y"]
    assert refs("shop.go", text, "Cart.Pay") == {("call", "Cart.check"), ("call", "New"), ("call", "New().Pay")}
    assert record("shop.go", text).doc == "Package shop sells."


def test_rust_impls_give_their_methods_to_the_type_and_their_trait_to_its_bases() -> None:
    text = (
        "use crate::money::{self, Price as P};\n\n/// A cart.\n#[derive(Debug)]\npub struct Cart { pub price: P }\n\n"
        "impl Payable for Cart {\n    fn pay(&self) -> Result<Self, Error> { self.price.total(); Self::new()?.pay(); money::round(1) }\n}\n"
        'impl Cart { pub fn new() -> Option<Self> { println!("{}", helper(1)); None } }\n'
        "enum Kind { Food, Drink(u8) }\nmod inner { pub fn deep() {} }\nfn helper(x: u8) -> u8 { inner::deep(); x }\n"
    )
    found = symbols("cart.rs", text)
    assert list(found) == [
        "Cart", "Cart.price", "Cart.pay", "Cart.new", "Kind", "Kind.Food", "Kind.Drink", "inner", "inner.deep", "helper",
    ]  # fmt: skip
    assert (found["Cart"].start, found["Cart"].doc, found["Cart"].decorators) == (4, "A cart.", ("derive",))
    assert found["Cart"].bases == ("Payable",)
    assert (found["Cart.pay"].exported, found["Cart.new"].exported) == (False, True)
    calls = {n for k, n in refs("cart.rs", text, "Cart.pay") if k == "call"}
    assert {"Cart.price.total", "Cart.new", "Cart.new().unwrap().pay", "crate#money.round"} == calls
    assert ("call", "helper") in refs("cart.rs", text, "Cart.new")
    assert [(i.module, i.name, i.alias) for i in record("cart.rs", text).imports] == [
        ("crate", "money", ""),
        ("crate::money", "Price", "P"),
    ]


def test_java_members_annotations_and_imports() -> None:
    text = (
        "package org.shop;\nimport org.money.Price;\nimport static org.money.Tax.rate;\n\n/** A cart. */\n@Entity\n"
        "public class Cart extends Base<Item> implements Payable {\n    private final Price price = new Price();\n\n"
        "    /** Pays.\n     * @param to whom */\n    @Override\n    public int pay(String to) throws PayError {\n"
        "        price.total(); helper(); rate();\n        try { throw new PayError(); } catch (IoError e) { e.show(); }\n    }\n"
        "    int pay() { return 1; }\n    private void helper() {}\n    enum Kind { FOOD }\n}\n"
    )
    found = symbols("Cart.java", text)
    assert list(found) == ["Cart", "Cart.price", "Cart.pay", "Cart.pay#2", "Cart.helper", "Cart.Kind", "Cart.Kind.FOOD"]
    cart, pay = found["Cart"], found["Cart.pay"]
    assert (cart.doc, cart.bases, cart.decorators, cart.start) == ("A cart.", ("Base", "Payable"), ("Entity",), 6)
    assert (pay.doc, pay.decorators, pay.signature) == (
        "Pays.",
        ("Override",),
        "public int pay(String to) throws PayError",
    )
    assert {("call", "Cart.price.total"), ("call", "Cart.helper"), ("call", "org.money.Tax#rate")} <= refs(
        "Cart.java", text, "Cart.pay"
    )
    assert {("raise", ".#PayError"), ("catch", ".#IoError")} <= refs("Cart.java", text, "Cart.pay")
    assert record("Cart.java", text).types == {"Cart.price": "Price"}


def test_c_declarations_and_definitions_macros_and_includes() -> None:
    text = (
        '#include "price.h"\n#include <stdio.h>\n#define VAT 7\n#define MAX(a, b) ((a) > (b))\n\n/* A cart. */\n'
        "struct cart { int count; struct price *first; };\ntypedef struct cart cart_t;\nstatic int helper(int x);\n"
        "int *pay(struct cart *c, int n) { return helper(c->count + VAT); }\nstatic int helper(int x) { return x; }\nint total = 1;\n"
    )
    found = symbols("cart.c", text)
    assert list(found) == [
        "VAT", "MAX", "cart", "cart.count", "cart.first", "cart_t", "helper#2", "pay", "helper", "total",
    ]  # fmt: skip
    assert (found["cart"].doc, found["VAT"].kind, found["VAT"].value) == ("A cart.", "macro", "7")
    assert (found["helper"].start, found["helper"].exported, found["pay"].exported) == (11, False, True)
    assert refs("cart.c", text, "pay") == {
        ("call", "helper"),
        ("use", "cart.count"),
        ("use", "VAT"),
        ("annotate", "cart"),
    }
    assert [i.module for i in record("cart.c", text).imports] == ["price.h", "<stdio.h>"]
    assert record("cart.c", text).exports == ("pay", "total")


def test_cpp_namespaces_classes_and_members_defined_apart() -> None:
    text = (
        "namespace shop {\ntemplate <typename T>\nclass SHOP_EXPORT Cart : public Base<T> {\n public:\n  Cart(int n);\n"
        "  int pay(const Price& p) const { return p.total() + count_; }\n private:\n  int count_ = 0;\n};\n}\n"
        "int shop::Other::run() { help(); return 1; }\n"
    )
    found = symbols("cart.hpp", text)
    assert list(found) == ["shop", "shop.Cart", "shop.Cart.Cart", "shop.Cart.pay", "shop.Cart.count_", "shop.Other.run"]
    assert (found["shop.Cart"].start, found["shop.Cart"].bases) == (2, ("Base",))
    assert found["shop.Other.run"].kind == "method"
    assert refs("cart.hpp", text, "shop.Cart.pay") == {
        ("annotate", ".#Price"),
        ("call", ".#Price.total"),
        ("use", "shop.Cart.count_"),
    }


def test_shell_functions_and_what_they_source() -> None:
    text = '#!/bin/bash\n# Runs the shop.\n. "$DIR/lib.sh"\n# Opens it.\nopen_shop() {\n  local at=1\n  serve "$at"\n}\nopen_shop\n'
    found = record("run", text)
    assert found.language == "bash"
    assert [(s.qual, s.doc, s.start, s.end) for s in found.symbols] == [("open_shop", "Opens it.", 5, 8)]
    assert (found.doc, [i.module for i in found.imports]) == ("Runs the shop.", ["./lib.sh"])
    assert refs("run", text, "open_shop") == {("call", ".#serve")}


def test_ruby_php_and_csharp_are_read_and_their_names_left_to_their_names() -> None:
    ruby = (
        "require_relative 'lib/base'\n# Sells.\nmodule Shop\n  class Cart < Base\n    include Payable\n    attr_reader :price\n"
        "    def pay(to) = close\n    def close; raise PayError, ENV['HOST']; end\n  end\nend\n"
    )
    found = symbols("cart.rb", ruby)
    assert list(found) == ["Shop", "Shop.Cart", "Shop.Cart.price", "Shop.Cart.pay", "Shop.Cart.close"]
    assert (found["Shop"].doc, found["Shop"].signature, found["Shop.Cart"].bases) == (
        "Sells.",
        "module Shop",
        ("Base", "Payable"),
    )
    assert refs("cart.rb", ruby, "Shop.Cart.close") == {("raise", "PayError")}
    php = (
        "<?php\nnamespace Org;\nuse Org\\Money\\Price as P;\n/** Sells. */\nclass Cart extends Base {\n  private ?P $price = null;\n"
        "  function pay(Item $i): int { $this->close(); $i->total(); return getenv('HOST'); }\n  function close() {}\n}\n"
    )
    found = symbols("cart.php", php)
    assert list(found) == ["Cart", "Cart.price", "Cart.pay", "Cart.close"]
    assert {("call", "Cart.close"), ("call", "total"), ("annotate", "Item")} <= refs("cart.php", php, "Cart.pay")
    csharp = (
        "using System;\nnamespace Shop {\n  /// <summary>Sells.</summary>\n  [Entity]\n  public class Cart : Base {\n    private Price price;\n"
        "    public int Pay(Item i) { Close(); i.Total(); throw new PayError(); }\n    void Close() {}\n  }\n}\n"
    )
    found = symbols("Cart.cs", csharp)
    assert list(found) == ["Shop", "Shop.Cart", "Shop.Cart.price", "Shop.Cart.Pay", "Shop.Cart.Close"]
    assert (found["Shop.Cart"].doc, found["Shop.Cart"].signature) == ("Sells.", "public class Cart : Base")
    assert {("call", "Shop.Cart.Close"), ("call", "Total"), ("raise", "PayError")} <= refs(
        "Cart.cs", csharp, "Shop.Cart.Pay"
    )


def test_a_symbols_digest_is_of_its_own_lines_and_words_are_for_finding_it() -> None:
    before = symbols("a.go", 'package a\n\n// Opens doors.\nfunc OpenShop() { printLabel("hello") }\n\nfunc B() {}\n')
    moved = symbols("a.go", 'package a\n\nvar x = 1\n\n// Opens doors.\nfunc OpenShop() { printLabel("hello") }\n')
    assert before["OpenShop"].digest == moved["OpenShop"].digest
    found = reader_of("go")(
        Page("a.go", "go", 'package a\n\n// Opens doors.\nfunc OpenShop() { printLabel("hello") }\n', "")
    )
    [words] = [s.words for s in found.symbols]
    assert {"opens", "doors", "open", "shop", "print", "label", "hello"} <= set(words)
    assert "func" not in words
