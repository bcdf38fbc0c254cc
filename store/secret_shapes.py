"""How the credentials of known issuers look: a literal by which the text is searched first, then the exact shape.

Only shapes that the issuer documents or that every token of theirs shows. Credentials without a shape of their own are found by
the name they are assigned to: `store/secrets.py`.
"""

from __future__ import annotations

import re
from typing import NamedTuple


class Shape(NamedTuple):
    """One kind of token. If it has a group, the group is the secret; otherwise all of it is.

    `back` is how far before the literal it may begin.
    """

    kind: str
    literal: bytes
    pattern: re.Pattern[bytes]
    back: int = 0


_A = "[A-Za-z0-9]"
_U = "[A-Za-z0-9_-]"
_H = "[0-9a-f]"
_END = r"(?![A-Za-z0-9_])"


def _shape(kind: str, literal: str, rest: str, before: str = "", back: int = 0) -> Shape:
    # What the token itself may hold cannot stand before it: otherwise a long run of beginnings would be searched from each.
    inside = "".join(c for c in ".-" if f"_{c}" in rest or "_.-" in rest)
    start = f"(?<![A-Za-z0-9_{inside}])"
    pattern = re.compile(f"{start}{before}{re.escape(literal)}{rest}{_END}".encode())
    return Shape(kind, literal.encode(), pattern, back)


SHAPES: tuple[Shape, ...] = (
    # cloud
    *(_shape("aws-key-id", p, "[A-Z2-7]{16}") for p in ("AKIA", "ASIA", "ABIA", "ACCA")),
    _shape("google-api-key", "AIza", f"{_U}{{35}}"),
    _shape("google-oauth", "GOCSPX-", f"{_U}{{28}}"),
    _shape("google-oauth", "ya29.", f"{_U}{{20,}}"),
    _shape("azure-storage-key", "AccountKey=", "([A-Za-z0-9+/]{86}==)"),
    _shape("azure-shared-key", "SharedAccessKey=", "([A-Za-z0-9+/]{43}=)"),
    _shape("azure-client-secret", "Q~", "[A-Za-z0-9_~.-]{31,34}", before="[A-Za-z0-9_~.-]{3}[0-9]", back=4),
    _shape("alibaba-key-id", "LTAI", f"{_A}{{12,20}}"),
    _shape("tencent-key-id", "AKID", f"{_A}{{32}}"),
    _shape("yandex-key", "AQVN", f"{_U}{{35,38}}"),
    *(_shape("digitalocean-token", f"do{x}_v1_", f"{_H}{{64}}") for x in "por"),
    _shape("heroku-token", "HRKU-", f"{_U}{{30,}}"),
    _shape("fly-token", "fo1_", f"{_U}{{43}}"),
    _shape("fly-token", "FlyV1 ", "fm[12]r?_[A-Za-z0-9+/=,_-]{60,}"),
    _shape("netlify-token", "nfp_", f"{_A}{{36}}"),
    _shape("openshift-token", "sha256~", f"{_U}{{43}}"),
    _shape("tailscale-key", "tskey-", f"[a-z]+-{_A}+-{_A}{{20,}}"),
    *(_shape("planetscale-secret", f"pscale_{x}_", "[A-Za-z0-9_.=-]{32,64}") for x in ("tkn", "pw", "oauth")),
    _shape("supabase-token", "sbp_", f"{_H}{{40}}"),
    _shape("supabase-key", "sb_secret_", f"{_U}{{20,}}"),
    _shape("databricks-token", "dapi", f"{_H}{{32}}(?:-[0-9])?"),
    # code, packages, continuous integration
    *(_shape("github-token", f"gh{x}_", f"{_A}{{36,251}}") for x in "pousr"),
    _shape("github-token", "github_pat_", f"{_A}{{22}}_{_A}{{59}}"),
    *(_shape("gitlab-token", f"gl{x}-", "[A-Za-z0-9_.-]{20,}") for x in ("pat", "dt", "rt", "cbt", "ptt", "ft", "imt")),
    _shape("gitlab-runner-token", "GR1348941", f"{_U}{{20}}"),
    _shape("bitbucket-token", "ATBB", f"{_A}{{32}}"),
    _shape("atlassian-token", "ATATT3", "[A-Za-z0-9_=-]{180,}"),
    _shape("npm-token", "npm_", f"{_A}{{36}}"),
    _shape("pypi-token", "pypi-AgE", f"{_U}{{50,}}"),
    _shape("rubygems-key", "rubygems_", f"{_H}{{48}}"),
    _shape("crates-token", "cio", f"{_A}{{32}}"),
    _shape("docker-token", "dckr_pat_", f"{_U}{{27}}"),
    _shape("docker-token", "dckr_oat_", f"{_U}{{32}}"),
    _shape("circleci-token", "CCIPAT_", f"{_A}+_{_H}{{40}}"),
    _shape("buildkite-token", "bkua_", f"{_H}{{40}}"),
    _shape("terraform-token", ".atlasv1.", "[A-Za-z0-9_=-]{60,70}", before=f"{_A}{{14}}", back=14),
    _shape("pulumi-token", "pul-", f"{_H}{{40}}"),
    _shape("doppler-token", "dp.", f"(?:pt|st|ct|scim|audit)\\.(?:[a-z0-9_-]+\\.)?{_A}{{40,44}}"),
    *(_shape("vault-token", f"hv{x}.", f"{_U}{{24,}}") for x in "sbr"),
    _shape("sourcegraph-token", "sgp_", f"(?:[A-Za-z0-9]{{16}}_)?{_H}{{40}}"),
    _shape("postman-key", "PMAK-", f"{_H}{{24}}-{_H}{{34}}"),
    _shape("artifactory-key", "AKCp", f"{_A}{{69}}"),
    _shape("1password-token", "ops_eyJ", "[A-Za-z0-9+/=]{200,}"),
    _shape("age-key", "AGE-SECRET-KEY-1", "[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    # models
    _shape("anthropic-key", "sk-ant-", f"{_U}{{20,}}"),
    *(_shape("openai-key", f"sk-{x}-", f"{_U}{{20,}}") for x in ("proj", "svcacct", "admin")),
    _shape("openai-key", "T3BlbkFJ", f"{_A}{{20}}", before=f"sk-{_A}{{20}}", back=23),
    _shape("openrouter-key", "sk-or-", f"v1-{_H}{{64}}"),
    _shape("huggingface-token", "hf_", "[A-Za-z]{34}"),
    _shape("replicate-token", "r8_", f"{_A}{{37}}"),
    _shape("groq-key", "gsk_", f"{_A}{{52}}"),
    _shape("xai-key", "xai-", f"{_A}{{80}}"),
    _shape("perplexity-key", "pplx-", f"{_A}{{48}}"),
    _shape("langsmith-key", "lsv2_", f"(?:pt|sk)_{_H}{{32}}_{_H}{{10}}"),
    # messages, payment, shops
    *(_shape("slack-token", f"xox{x}-", "[A-Za-z0-9-]{10,}") for x in "baprseo"),
    _shape("slack-token", "xoxe.", "xox[bp]-[A-Za-z0-9-]{10,}"),
    _shape("slack-token", "xapp-", "[0-9]-[A-Z0-9]+-[0-9]+-[a-z0-9]+"),
    _shape("slack-webhook", "hooks.slack.com/services/", "(T[A-Z0-9]+/B[A-Z0-9]+/[A-Za-z0-9]{20,})"),
    _shape("discord-webhook", "discord.com/api/webhooks/", f"([0-9]{{17,20}}/{_U}{{60,}})"),
    Shape("discord-token", b".", re.compile(rb"(?<![\w.-])[MNO][\w-]{23,25}\.[\w-]{6}\.[\w-]{27,38}(?![\w-])"), 26),
    _shape("telegram-token", ":AA", f"{_U}{{33}}", before="[0-9]{8,10}", back=10),
    _shape("sendgrid-key", "SG.", f"{_U}{{22}}\\.{_U}{{43}}"),
    Shape("twilio-key", b"SK", re.compile(rb"(?<!\w)SK[0-9a-f]{32}(?!\w)")),
    _shape("mailgun-key", "key-", f"{_H}{{32}}"),
    Shape("mailchimp-key", b"-us", re.compile(rb"(?<!\w)[0-9a-f]{32}-us[0-9]{1,2}(?!\w)"), 32),
    _shape("brevo-key", "xkeysib-", f"{_H}{{64}}-{_A}{{16}}"),
    *(_shape("stripe-key", f"{x}_{y}_", f"{_A}{{16,}}") for x in ("sk", "rk") for y in ("live", "test", "prod")),
    _shape("stripe-webhook-secret", "whsec_", "[A-Za-z0-9+/]{32,}=*"),
    *(_shape("square-token", f"sq0{x}-", f"{_U}{{22,43}}") for x in ("atp", "csp")),
    *(_shape("shopify-token", f"shp{x}_", "[0-9a-fA-F]{32}") for x in ("at", "ss", "ca", "pa")),
    _shape(
        "plaid-token",
        "access-",
        f"(?:sandbox|development|production)-{_H}{{8}}-{_H}{{4}}-{_H}{{4}}-{_H}{{4}}-{_H}{{12}}",
    ),
    _shape("flutterwave-key", "FLWSECK", f"(?:_TEST)?-{_H}{{12,32}}-X"),
    _shape("easypost-key", "EZAK", f"{_A}{{54}}"),
    _shape("facebook-token", "EAA", f"{_A}{{80,}}"),
    _shape("dropbox-token", "sl.", f"{_U}{{130,}}"),
    # work
    _shape("linear-key", "lin_api_", f"{_A}{{40}}"),
    _shape("notion-token", "ntn_", f"{_A}{{40,}}"),
    _shape("notion-token", "secret_", f"{_A}{{43}}"),
    _shape("figma-token", "figd_", f"{_U}{{40}}"),
    Shape("airtable-token", b"pat", re.compile(rb"(?<!\w)pat[A-Za-z0-9]{14}\.[0-9a-f]{64}(?!\w)")),
    _shape("typeform-token", "tfp_", f"{_A}{{40,59}}"),
    _shape("contentful-token", "CFPAT-", f"{_U}{{43}}"),
    _shape("newrelic-key", "NRAK-", "[A-Z0-9]{27}"),
    _shape("grafana-token", "glsa_", f"{_A}{{32}}_{_H}{{8}}"),
    _shape("grafana-token", "glc_", "[A-Za-z0-9+/=]{32,}"),
    _shape("sentry-token", "sntrys_", "[A-Za-z0-9+/=_]{60,}"),
    _shape("sentry-token", "sntryu_", f"{_H}{{64}}"),
    _shape("dynatrace-token", "dt0c01.", "[A-Z2-7]{24}\\.[A-Z2-7]{64}"),
    _shape("posthog-key", "phx_", f"{_A}{{43,}}"),
    _shape("resend-key", "re_", f"{_A}{{8}}_{_A}{{24}}"),
    _shape("okta-token", "SSWS ", f"00{_U}{{40}}"),
    # anybody's
    _shape("jwt", "eyJ", r"[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
)
