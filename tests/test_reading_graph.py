"""Files of other languages refer to each other exactly where that is certain, and the index follows their changes."""

# ruff: noqa: E501 - samples of source are easier to read on one line

from __future__ import annotations

import random

import pytest

from store.graph.index import Index, rows_digest
from store.source.read import read

SHOP = {
    "package.json": '{"name": "shop", "main": "dist/index.js", "workspaces": ["packages/*"]}',
    "tsconfig.json": '{"compilerOptions": {"baseUrl": ".", "paths": {"@lib/*": ["src/lib/*"]}}} // as always',
    "packages/money/package.json": '{"name": "@shop/money", "main": "src/index.ts"}',
    "packages/money/src/index.ts": "export * from './price'\nexport { round as rounded } from './round'\n",
    "packages/money/src/price.ts": "export class Price {\n  total(): number { return 1 }\n}\n",
    "packages/money/src/round.js": "function round(x) { return x }\nmodule.exports = { round }\n",
    "src/lib/log.ts": "export default function log(text: string) {}\nexport const level = 1\n",
    "src/base.ts": "export abstract class Base {\n  save(): void {}\n}\n",
    "src/cart.ts": (
        "import { Price, rounded } from '@shop/money'\nimport log, { level } from '@lib/log'\nimport { Base } from './base'\n"
        "import React from 'react'\nimport { Owner } from './people'\n"
        "export class Cart extends Base {\n  price: Price = new Price()\n"
        "  owner: Owner\n  pay(other?: Cart) { this.save(); log('x'); this.price.total(); other.pay(); rounded(level); React.render() }\n}\n"
        "export function open(): Cart { return new Cart() }\n"
    ),
    "src/people/index.ts": "import { Firm } from '../firm'\nexport class Owner { firm: Firm; greet(): void {} }\n",
    "src/firm.ts": "export class Firm { close(): void {} }\n",
    "src/visit.ts": "import { Cart } from './cart'\nexport const visit = (c: Cart) => { c.owner.greet(); c.owner.firm.close() }\n",
    "src/people/self.ts": "import { Owner } from '.'\nexport const me = new Owner()\nme.firm.close()\n",
    "src/index.ts": "export * from './cart'\nexport * as money from '@shop/money'\n",
    "src/main.ts": "import { open, money } from '.'\nconst cart = open()\ncart.pay()\ncart.save()\nnew money.Price().total()\n",
}

GO = {
    "go.mod": "module example.org/shop\n\ngo 1.22\n",
    "money/price.go": "package money\n\ntype Price struct{ cents int }\n\nfunc New(c int) *Price { return &Price{c} }\n",
    "money/total.go": "package money\n\nfunc (p *Price) Total() int { return p.cents + vat() }\n",
    "money/vat.go": "package money\n\nfunc vat() int { return 1 }\n",
    "cart/cart.go": (
        'package cart\n\nimport (\n\t"fmt"\n\t"example.org/shop/money"\n)\n\n'
        "type Cart struct {\n\tBase\n\tprice *money.Price\n}\n\n"
        "func (c *Cart) Pay() { c.price.Total(); c.Save(); fmt.Println(limit); money.New(1).Total() }\n"
    ),
    "cart/base.go": "package cart\n\ntype Base struct{}\n\nfunc (b Base) Save() {}\n\nconst limit = 3\n",
    "cart/owner.go": "package cart\n\ntype Owner struct{ firm *Firm }\n\nfunc (o *Owner) Greet() {}\n",
    "cart/firm.go": "package cart\n\ntype Firm struct{}\n\nfunc (f *Firm) Close() {}\n",
    "cart/keeper.go": "package cart\n\ntype Keeper struct{ owner *Owner }\n",
    "cart/visit.go": "package cart\n\nfunc Visit(k Keeper) { k.owner.Greet(); k.owner.firm.Close() }\n",
    "cart/cart_test.go": "package cart\n\nfunc TestPay() { c := Cart{}; c.Pay(); c.Save() }\n",
}

RUST = {
    "Cargo.toml": '[package]\nname = "the-shop"\n[dependencies]\nserde = "1"\n',
    "src/lib.rs": "pub mod money;\nmod cart;\npub mod people; pub mod firm; mod keeper; mod visit;\npub use cart::Cart;\n",
    "src/money/mod.rs": "pub struct Price { pub cents: u8 }\nimpl Price { pub fn new() -> Self { Price { cents: 1 } } }\n",
    "src/cart.rs": (
        "use crate::money::{self, Price};\nuse serde::Serialize;\n"
        "pub struct Cart { price: Price }\n"
        "impl Cart { pub fn pay(&self) { self.price.total(); money::Price::new().total(); Serialize::go(); } }\n"
        "impl Price { pub fn total(&self) -> u8 { self.cents } }\n"
    ),
    "src/people.rs": "use crate::firm::Firm;\npub struct Owner { pub firm: Firm }\nimpl Owner { pub fn greet(&self) {} }\n",
    "src/firm.rs": "pub struct Firm;\nimpl Firm { pub fn close(&self) {} }\n",
    "src/keeper.rs": "use crate::people::Owner;\npub struct Keeper { pub owner: Owner }\n",
    "src/visit.rs": "use crate::keeper::Keeper;\nfn visit(k: Keeper) { k.owner.greet(); k.owner.firm.close(); }\n",
    "tests/buy.rs": "use the_shop::Cart;\nfn buys(c: &Cart) { c.pay(); }\n",
}

JAVA = {
    "src/main/java/org/shop/Base.java": "package org.shop;\npublic class Base { protected void save() {} }\n",
    "src/main/java/org/shop/money/Price.java": "package org.shop.money;\npublic class Price { public int total() { return 1; } }\n",
    "src/main/java/org/shop/Cart.java": (
        "package org.shop;\nimport org.shop.money.Price;\nimport java.util.List;\n"
        "public class Cart extends Base {\n  private Price price = new Price();\n"
        "  void pay(List<Price> all) { save(); price.total(); new Helper().help(); List.of(); }\n}\n"
    ),
    "src/main/java/org/shop/Helper.java": "package org.shop;\nclass Helper { void help() {} }\n",
    "src/main/java/org/shop/Owner.java": "package org.shop;\nclass Owner { Firm firm; void greet() {} }\n",
    "src/main/java/org/shop/Firm.java": "package org.shop;\nclass Firm { void close() {} }\n",
    "src/main/java/org/shop/Keeper.java": "package org.shop;\nclass Keeper { Owner owner; }\n",
    "src/main/java/org/shop/Visit.java": "package org.shop;\nclass Visit { void visit(Keeper k) { k.owner.greet(); k.owner.firm.close(); } }\n",
    "src/test/java/org/shop/CartTest.java": "package org.shop;\nclass CartTest { void pays() { new Cart().pay(null); } }\n",
}

C = {
    "include/price.h": "#pragma once\nstruct price { int cents; };\nint price_total(struct price *p);\n#define VAT 7\n",
    "src/price.c": '#include "price.h"\nstatic int half(int x) { return x / 2; }\nint price_total(struct price *p) { return half(p->cents) + VAT; }\n',
    "src/cart.c": '#include "price.h"\n#include <stdio.h>\nint pay(struct price *p) { printf("x"); return price_total(p); }\n',
    "src/owner.hpp": '#include "firm.hpp"\nclass Owner { public: Firm firm; void greet(); };\n',
    "src/firm.hpp": "class Firm { public: void close(); };\n",
    "src/keeper.hpp": '#include "owner.hpp"\nclass Keeper { public: Owner owner; };\n',
    "src/visit.cpp": '#include "keeper.hpp"\nvoid visit(Keeper &k) { k.owner.greet(); k.owner.firm.close(); }\n',
    "src/shape.hpp": "namespace geo { class Shape { public: int area(); int twice() { return area() * 2; } }; }\n",
    "src/shape.cpp": '#include "shape.hpp"\nint geo::Shape::area() { return 1; }\nint use(geo::Shape &s) { return s.twice() + s.area(); }\n',
}  # fmt: skip

ALL = {"web": SHOP, "go": GO, "rust": RUST, "java": JAVA, "c": C}


def built(files: dict[str, str]) -> Index:
    index = Index()
    index.apply([read(p, t.encode()) for p, t in files.items()])
    return index


def targets(index: Index, path: str, scope: str = "", kind: str = "call") -> set[str]:
    row = index.row(path)
    assert row is not None
    return {e.target if e.exact else f"~{e.target}" for e in row.edges if e.scope == scope and e.kind == kind}


def test_typescript_names_are_found_through_paths_packages_and_reexports() -> None:
    index = built(SHOP)
    assert targets(index, "src/cart.ts", "Cart.pay") == {
        "src/base.ts::Base.save",
        "src/lib/log.ts::log",
        "packages/money/src/price.ts::Price.total",
        "src/cart.ts::Cart.pay",
        "packages/money/src/round.js::round",
        "ext:react.default.render",
    }
    assert targets(index, "src/cart.ts", "Cart", "base") == {"src/base.ts::Base"}
    assert targets(index, "src/main.ts", "cart") == {"src/cart.ts::open"}
    assert targets(index, "src/main.ts") == {
        "src/cart.ts::Cart.pay",
        "src/base.ts::Base.save",
        "packages/money/src/price.ts::Price",
        "packages/money/src/price.ts::Price.total",
    }
    assert "src/index.ts" in index.importers("src/cart.ts")


def test_go_packages_share_a_scope_and_are_found_by_the_module_path() -> None:
    index = built(GO)
    assert targets(index, "cart/cart.go", "Cart.Pay") == {
        "money/total.go::Price.Total",
        "cart/base.go::Base.Save",
        "ext:fmt.Println",
        "money/price.go::New",
    }
    assert targets(index, "cart/cart.go", "Cart.Pay", "use") >= {"cart/base.go::limit"}
    assert targets(index, "cart/cart_test.go", "TestPay") >= {"cart/cart.go::Cart.Pay", "cart/base.go::Base.Save"}
    assert targets(index, "money/total.go", "Price.Total") == {"money/vat.go::vat"}


def test_rust_names_are_found_through_modules_and_uses() -> None:
    index = built(RUST)
    found = targets(index, "src/cart.rs", "Cart.pay")
    assert {"src/money/mod.rs::Price.new", "src/cart.rs::Price.total", "ext:serde.Serialize.go"} <= {
        t.lstrip("~") for t in found
    }
    assert targets(index, "tests/buy.rs", "buys") == {"src/cart.rs::Cart.pay"}


def test_java_names_are_found_by_import_package_and_base() -> None:
    index = built(JAVA)
    cart = "src/main/java/org/shop/Cart.java"
    assert targets(index, cart, "Cart.pay") == {
        "src/main/java/org/shop/Base.java::Base.save",
        "src/main/java/org/shop/money/Price.java::Price.total",
        "src/main/java/org/shop/Helper.java::Helper",
        "src/main/java/org/shop/Helper.java::Helper.help",
        "ext:java.util.List.of",
    }
    assert f"{cart}::Cart.pay" in targets(index, "src/test/java/org/shop/CartTest.java", "CartTest.pays")


def test_a_c_function_that_a_header_declares_is_its_definition() -> None:
    index = built(C)
    assert targets(index, "src/cart.c", "pay") == {"~?printf", "src/price.c::price_total"}
    assert targets(index, "src/price.c", "price_total") == {"src/price.c::half"}
    assert targets(index, "src/price.c", "price_total", "use") >= {"include/price.h::VAT"}
    assert targets(index, "src/shape.cpp", "use") == {
        "src/shape.hpp::geo.Shape.twice",
        "src/shape.cpp::geo.Shape.area",
    }
    assert targets(index, "src/shape.hpp", "geo.Shape.twice") == {"src/shape.cpp::geo.Shape.area"}


def test_types_are_followed_through_files_that_the_reference_does_not_name() -> None:
    for language, (path, scope, found) in {
        "web": ("src/visit.ts", "visit", {"src/people/index.ts::Owner.greet", "src/firm.ts::Firm.close"}),
        "go": ("cart/visit.go", "Visit", {"cart/owner.go::Owner.Greet", "cart/firm.go::Firm.Close"}),
        "rust": ("src/visit.rs", "visit", {"src/people.rs::Owner.greet", "src/firm.rs::Firm.close"}),
        "c": ("src/visit.cpp", "visit", {"src/owner.hpp::Owner.greet", "src/firm.hpp::Firm.close"}),
        "java": (
            "src/main/java/org/shop/Visit.java",
            "Visit.visit",
            {"src/main/java/org/shop/Owner.java::Owner.greet", "src/main/java/org/shop/Firm.java::Firm.close"},
        ),
    }.items():
        assert targets(built(ALL[language]), path, scope) == found


SWAPS = [
    ("Owner", "Boss"), ("Firm", "Shop"), ("greet", "meet"), ("close", "shut"), ("'.'", "'./index'"), ("./people", "./folk"),
    ("Price", "Cost"), ("total", "sum"), ("Total", "Sum"), ("price", "cost"), ("save", "keep"), ("Save", "Keep"), ("Base", "Root"),
    ("./base", "./cart"), ("@shop/money", "@shop/cash"), ("example.org/shop", "example.org/store"), ("log", "say"),
    ("default ", ""), ("extends Base", ""), ("extends Base", "extends Helper"), (": Cart", ""), ("@lib/*", "@libs/*"),
    ("static ", ""), ("limit", "bound"), ("pub use", "use"), ("the-shop", "a-shop"), ("crate::money", "super::money"),
    ("Self", "Cart"), ("VAT", "TAX"), ("include", "inc"), ("geo", "form"), ("export * from './cart'", ""), ("org.shop", "com.shop"),
    ("export ", ""), ("money", "cash"), ("*Price", "*Vat"), ("vat", "rate"), ("open", "start"), ("round", "cut"),
]  # fmt: skip


def mutate(rng: random.Random, files: dict[str, str], original: dict[str, str]) -> dict[str, str | None]:
    """One to three files changed, deleted, restored or moved."""
    done: dict[str, str | None] = {}
    for _ in range(rng.randint(1, 3)):
        path = rng.choice(sorted(original))
        what = rng.random()
        if what < 0.2 and path in files:
            done[path] = None
        elif what < 0.4:
            done[path] = original[path]
        elif what < 0.5 and path in files:
            folder, _, name = path.rpartition("/")
            done[path], done[f"{folder}/other_{name}".lstrip("/")] = None, files[path]
        elif path in files:
            old, new = rng.choice(SWAPS) if rng.random() < 0.7 else rng.choice(SWAPS)[::-1]
            done[path] = files[path].replace(old, new) if old else files[path]
    return done


@pytest.mark.parametrize("language", sorted(ALL))
@pytest.mark.parametrize("seed", range(4))
def test_after_any_changes_the_index_equals_one_built_from_scratch(language: str, seed: int) -> None:
    rng = random.Random(f"{language}{seed}")
    original = ALL[language]
    files = dict(original)
    index = built(files)
    for step in range(25):
        changes = mutate(rng, files, original)
        for path, text in changes.items():
            if text is None:
                files.pop(path, None)
            else:
                files[path] = text
        changed = [read(p, t.encode()) for p, t in changes.items() if t is not None]
        index.apply(changed, [p for p, t in changes.items() if t is None])
        fresh = built(files)
        if rows_digest(index.row(p) for p in index.paths()) != rows_digest(fresh.row(p) for p in fresh.paths()):
            differ = [p for p in sorted(files) if index.row(p) != fresh.row(p)]
            raise AssertionError(
                f"step {step}: {changes} left {differ}: {index.row(differ[0])} != {fresh.row(differ[0])}"
            )
