"""Secrets are cut out of what is stored; what only looks like one is left alone.

Every secret here is made up while the test runs, from parts, so that none stands in this file.
"""

from __future__ import annotations

import asyncio
import base64
import configparser
import email.header
import getpass
import http.client
import json
import random
import smtplib
import string
import time
import tokenize
import urllib.request
from pathlib import Path

import pytest

from store.secrets import looks_secret_file, redact

MIXED = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
UPPER32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Maker:
    """Makes one random secret of each kind, and the lines that it is found in."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def of(self, alphabet: str, length: int) -> str:
        return "".join(self.random.choice(alphabet) for _ in range(length))

    def mixed(self, length: int) -> str:
        return self.of(MIXED, length)

    def hex(self, length: int) -> str:
        return self.of(HEX, length)

    def uuid(self) -> str:
        return "-".join(self.hex(n) for n in (8, 4, 4, 4, 12))

    def tokens(self) -> dict[str, str]:
        """Tokens that show what they are, wherever they stand."""
        m, h = self.mixed, self.hex
        jwt = ".".join(
            base64.urlsafe_b64encode(x).decode().rstrip("=") for x in (b'{"alg":"HS256"}', b'{"sub":"4711"}')
        )
        return {
            "aws": "AK" + "IA" + self.of(UPPER32, 16),
            "aws session": "AS" + "IA" + self.of(UPPER32, 16),
            "github classic": "gh" + "p_" + m(36),
            "github app": "gh" + "s_" + m(36),
            "github fine": "github" + "_pat_" + m(22) + "_" + m(59),
            "gitlab": "gl" + "pat-" + m(20),
            "slack bot": "xo" + "xb-" + self.of(string.digits, 12) + "-" + self.of(string.digits, 12) + "-" + m(24),
            "slack hook": "https://hooks.slack" + ".com/services/T" + h(8).upper() + "/B" + h(8).upper() + "/" + m(24),
            "stripe": "sk" + "_live_" + m(24),
            "stripe restricted": "rk" + "_live_" + m(24),
            "openai project": "sk" + "-proj-" + m(48),
            "openai": "sk-" + m(20) + "T3Blbk" + "FJ" + m(20),
            "anthropic": "sk" + "-ant-" + "api03-" + m(93) + "AA",
            "google": "AI" + "za" + m(35),
            "google oauth": "GOC" + "SPX-" + m(28),
            "sendgrid": "S" + "G." + m(22) + "." + m(43),
            "twilio": "S" + "K" + h(32),
            "mailgun": "ke" + "y-" + h(32),
            "mailchimp": h(32) + "-us" + "14",
            "npm": "np" + "m_" + m(36),
            "pypi": "py" + "pi-AgE" + m(120),
            "rubygems": "ruby" + "gems_" + h(48),
            "docker": "dckr" + "_pat_" + m(27),
            "huggingface": "h" + "f_" + self.of(string.ascii_letters, 34),
            "databricks": "da" + "pi" + h(32),
            "digitalocean": "do" + "p_v1_" + h(64),
            "shopify": "shp" + "at_" + h(32),
            "telegram": self.of("123456789", 10) + ":A" + "A" + m(33),
            "discord": "M" + m(23) + "." + m(6) + "." + m(30),
            "vault": "hv" + "s." + m(28),
            "linear": "lin" + "_api_" + m(40),
            "postman": "PM" + "AK-" + h(24) + "-" + h(34),
            "grafana": "gl" + "sa_" + m(32) + "_" + h(8),
            "newrelic": "NR" + "AK-" + self.of(string.ascii_uppercase + string.digits, 27),
            "notion": "nt" + "n_" + m(46),
            "groq": "gs" + "k_" + m(52),
            "jwt": jwt + "." + m(43),
        }

    def named(self) -> dict[str, tuple[str, str]]:
        """Secrets without a shape of their own, each with the line that gives it away."""

        def odd() -> str:
            return "Wq7" + self.mixed(9) + "!z"

        made = {
            "aws secret": ("aws_secret_access_key = {}", self.of(MIXED + "/+", 40)),
            "cloudflare": ("CLOUDFLARE_API_KEY={}", self.hex(37)),
            "datadog": ('dd_api_key: "{}"', self.hex(32)),
            "heroku": ("export HEROKU_API_KEY={}", self.uuid()),
            "azure": ("AZURE_CLIENT_SECRET: {}", self.of(MIXED, 3) + "8Q~" + self.of(MIXED + "_.-", 34)),
            "azure storage": (
                "DefaultEndpointsProtocol=https;AccountName=a;AccountKey={};",
                self.of(MIXED + "+/", 86) + "==",
            ),
            "database url": ("DATABASE_URL=postgres://app:{}@db.internal:5432/app", self.mixed(18)),
            "redis url": ('REDIS = "redis://:{}@cache:6379/0"', self.mixed(20)),
            "python": ('PASSWORD = "{}"', "Tr0ub4dor" + "&" + self.mixed(3)),
            "json": ('{{"client_secret": "{}"}}', self.mixed(32)),
            "yaml": ("  password: {}", self.mixed(16) + "7a"),
            "javascript": ("const apiKey = '{}';", self.mixed(32)),
            "java": ('String dbPassword = "{}";', self.mixed(9) + "!4x"),
            "header": ('headers["Authorization"] = "Bearer {}"', self.mixed(40)),
            "curl": ("curl -H 'Authorization: Bearer {}' https://api.test", self.mixed(40)),
            "odbc": ("Server=db;Database=x;User Id=sa;Password={};", self.mixed(14) + "9z"),
            "flask": ("app.secret_key = '{}'", self.mixed(24)),
            "django": ('SECRET_KEY = "django-insecure-{}"', self.of(MIXED + "!@#$%^&*(-_=+)", 50)),
            "npmrc": ("//registry.test/:_authToken={}", self.uuid()),
            "netrc": ("machine api.test login bob password {}", odd()),
            "properties": ("spring.datasource.password={}", odd()),
            "xml": ("<password>{}</password>", odd()),
            "php": ("define('DB_PASSWORD', '{}');", odd()),
            "shell": ("PGPASSWORD={} psql -h db", odd()),
            "option": ("dump --password {} --host x", odd()),
            "curl user": ("curl -s -u admin:{} https://x.test", odd()),
            "mysql": ("mysql -uroot -p{} db", odd()),
            "sshpass": ("sshpass -p '{}' ssh x", odd()),
            "docker login": ('"auth": "{}"', self.mixed(40) + "=="),
            "dockerfile": ("ENV GITHUB_TOKEN {}", self.mixed(40)),
            "basic": ("Authorization: Basic {}", self.mixed(40) + "=="),
            "short name": ("DB_PASS='{}'", odd()),
            "some key": ('sk_key := "{}"', self.mixed(40)),
            "bytes": ("_password = b'{}'", odd()),
            "dsn": ("SENTRY_DSN=https://{}@o1.sentry.test/1", self.hex(32)),
            "query": ("https://api.test/?access_token={}&x=1", self.mixed(40)),
            "rust": ('let api_key = "{}";', self.mixed(40)),
            "vault": ("password: !vault {}", self.mixed(40)),
        }
        return {name: (line.format(secret), secret) for name, (line, secret) in made.items()}

    def private_key(self, kind: str = "RSA ") -> tuple[str, list[str]]:
        body = [self.of(MIXED + "+/", 64) for _ in range(12)]
        return "\n".join(
            [f"-----BEGIN {kind}PRIV" + "ATE KEY-----", *body, f"-----END {kind}PRIV" + "ATE KEY-----"]
        ), body


CONTEXTS = ("{}", 'key = "{}"', "TOKEN={}", "see {} for it", "x: {}\n", '{{"a": "{}"}}', "f('{}', 1)", "# {}", "  - {}")


def test_tokens_of_thirty_and_more_issuers_are_found_in_any_context() -> None:
    missed, total = [], 0
    for seed, context in enumerate(CONTEXTS):
        for name, token in Maker(seed).tokens().items():
            total += 1
            if token[-12:] in redact(context.format(token)):
                missed.append((name, context))
    assert total >= 300
    assert len(missed) <= total * 0.02, missed


def test_values_are_found_by_the_name_that_they_are_assigned_to() -> None:
    missed, total = [], 0
    for seed in range(20):
        for name, (line, secret) in Maker(seed).named().items():
            total += 1
            if secret in redact(line):
                missed.append((name, line))
    assert len(missed) <= total * 0.05, missed


@pytest.mark.parametrize("kind", ["RSA ", "", "EC ", "OPENSSH ", "ENCRYPTED ", "PGP "])
def test_a_private_key_goes_whole_and_its_lines_stay_counted(kind: str) -> None:
    block, body = Maker(3).private_key(kind)
    text = f"before\n{block}\nafter"
    cut = redact(text)
    assert not any(line in cut for line in body)
    assert cut.startswith("before\n") and cut.endswith("\nafter")
    assert cut.count("\n") == text.count("\n")


def test_a_private_key_is_found_in_json_in_program_text_and_cut_short() -> None:
    block, body = Maker(4).private_key()
    as_program = "\n".join(f'    "{line}\\n"' for line in block.splitlines())
    for text in (json.dumps({"private_key": block}), as_program, block[: len(block) // 2]):
        cut = redact(text)
        assert not any(line in cut for line in body), cut
        assert cut.count("\n") == text.count("\n")


def benign_lines() -> list[str]:
    """Lines of the standard library where passwords, tokens and keys are talked about all the time."""
    modules = (http.client, smtplib, urllib.request, getpass, tokenize, configparser, email.header, asyncio.sslproto)
    lines: list[str] = []
    for module in modules:
        assert module.__file__
        lines += Path(module.__file__).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip()]


BENIGN = """
password = os.environ["DB_PASSWORD"]
token = request.headers.get("X-Auth-Token")
SECRET_KEY = "your-secret-key-here"
api_key: ${API_KEY}
API_KEY=<your api key>
password: "{{ vault_password }}"
client_secret = config.get("oauth", "client_secret")
AWS_SECRET_ACCESS_KEY=EXAMPLEKEYEXAMPLEKEYEXAMPLEKEYEXAMPLEKEY
def check_password(self, password: str) -> bool:
"access_token": "string"
git_commit = "3b18e512dba79e4c8300dd08aeb37f8e728b8dad"
"integrity": "sha512-oRv6RZgS0WfQmmhFhPzIDGrPVXVbRBpMWn7Zqg0l4OJwXk0u9DYJZCBfTmkI6Ye2IrY6UGJOi6T2KQ=="
uuid = "123e4567-e89b-12d3-a456-426614174000"
http://user:pass@example.com/
postgresql://localhost:5432/app
pip install sk-learn-contrib
class TokenAuthenticationMiddleware:
token_type = "refresh_token"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
if line.startswith("-----BEGIN RSA PRIVATE KEY-----"):
secret = hmac.new(key, msg, hashlib.sha256).hexdigest()
token = secrets.token_urlsafe(32)
auth=("user", "passwd")
data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk
The password must contain at least 8 characters.
token: str | None = None
TOKEN_URL = "https://auth.example.com/oauth2/token"
secretName: my-app-database-credentials
AUTH_USER_MODEL = "accounts.User2"
key = "session_cookie_samesite"
private_key_path = "/etc/ssl/private/server.key"
""".strip().splitlines()


def test_what_only_talks_of_secrets_is_left_alone() -> None:
    touched = [line for line in BENIGN if redact(line) != line]
    assert touched == []


def test_program_text_is_hardly_touched() -> None:
    lines = benign_lines()
    touched = [line for line in lines if redact(line) != line]
    assert len(lines) > 3_000
    assert len(touched) <= len(lines) // 1_000, touched


def test_every_text_keeps_its_number_of_lines() -> None:
    maker = Maker(9)
    for _ in range(50):
        pieces = [*maker.tokens().values(), *(line for line, _ in maker.named().values())]
        pieces += [maker.private_key()[0], "\n", "\r\n", "é🦆\ud800"]
        maker.random.shuffle(pieces)
        text = "\n".join(pieces)
        cut = redact(text)
        assert cut.count("\n") == text.count("\n")
        assert redact(cut) == cut


def test_text_without_secrets_comes_back_as_it_is() -> None:
    for text in ("", "\n", "plain", "é🦆\ud800 token", "\0" * 100):
        assert redact(text) is text


def test_hostile_text_takes_no_longer_than_other_text() -> None:
    hostile = ("password", "token=", "://", "a", "-----BEGIN PRIVATE KEY-----", "eyJ", "-eyJ", ".glpat-a", "secret.")
    for text in (piece * (200_000 // len(piece)) for piece in hostile):
        began = time.perf_counter()
        redact(text)
        assert time.perf_counter() - began < 3, text[:20]


HOLDERS = """
.env app/.env.production deploy/prod.env .ENV .npmrc id_rsa keys/server.pem release.keystore a/credentials.json
.aws/credentials .kube/config service-account-prod.json config/master.key terraform.tfstate secrets.yaml
"""

SOUND_ALIKES = """
.env.example id_rsa.pub cert.pub.pem src/secrets.py docs/credentials.md keys.py config environment.yml
tests/test_token.py monkey.py package.json src/key/index.ts
"""


@pytest.mark.parametrize("path", HOLDERS.split())
def test_files_that_hold_secrets_are_known_by_name(path: str) -> None:
    assert looks_secret_file(path)


@pytest.mark.parametrize("path", SOUND_ALIKES.split())
def test_files_that_only_sound_like_it_are_not(path: str) -> None:
    assert not looks_secret_file(path)
