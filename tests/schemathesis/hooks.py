"""What Schemathesis is told about Slipway: which key a request has, that it follows no redirect, and which refusals of
well-formed requests are right. Writes a line about each answer into a file, for `fuzz.py`."""

import itertools
import json
import os
import re
import threading
import time
import uuid

import requests
import schemathesis
from world import Slipway, Supply

API, LIVE = os.environ["FUZZ_API"], {"Authorization": f"Bearer {os.environ['FUZZ_KEY']}"}
# Keys of tenants that are there to be deleted.
GOING = os.environ["FUZZ_GOING"].split(",")
ANSWERS = open(os.environ["FUZZ_ANSWERS"], "w", buffering=1)
# What requests of an operation are about, now and as the document has it.
NOW = json.loads(os.environ["FUZZ_SUPPLIED"])
REFUSED = json.loads(os.environ["FUZZ_REFUSED"])
PREPARED = json.loads(os.environ["FUZZ_PREPARED"])
GIVEN = {*NOW.values(), *itertools.chain(*PREPARED.values())}
# By whom, and of what, posts are made.
OF_POSTS = {"acc": PREPARED["acc"][0], "med": PREPARED["med"][0]}
LOCK = threading.Lock()
COUNT = itertools.count()


class Key:
    """The test key of the run. Whoever finds it revoked, or limited, gets another one: the live key is out of reach."""

    current = None

    def now(self):
        with LOCK:
            if self.current is None:
                self.current = self.made()
            return self.current

    def spoiled(self, sent):
        with LOCK:
            if sent == self.current:
                self.current = None

    def made(self):
        for _ in range(20):
            made = requests.post(f"{API}/v1/keys", headers=LIVE, json={"name": "fuzz", "mode": "test"}, timeout=60)
            if made.status_code == 201:
                return made.json()["raw_key"]
            # The run itself makes keys, too, until there are too many.
            for key in requests.get(f"{API}/v1/keys?limit=100&mode=test", headers=LIVE, timeout=60).json()["data"]:
                if key["name"] != "prepares":
                    requests.delete(f"{API}/v1/keys/{key['id']}", headers=LIVE, timeout=60)
            time.sleep(0.2)
        raise RuntimeError(f"no key could be made: {made.status_code} {made.text}")


KEY = Key()
SUPPLY = Supply(Slipway(API, ""), os.environ["FUZZ_ORIGIN"])


@schemathesis.auth(refresh_interval=None)
class Bearer:
    def get(self, case, _):
        # A test key may neither change its tenant nor delete it. Those that are deleted have live keys of their own.
        if name(case) == "updateUser":
            return os.environ["FUZZ_KEY"]
        return GOING[-1] if name(case) == "deleteUser" else KEY.now()

    def set(self, case, key, _):
        case.headers["Authorization"] = f"Bearer {key}"


def name(case):
    return case.operation.definition.raw["operationId"]


@schemathesis.hook
def before_call(context, case, kwargs):
    # A redirect is an answer by itself.
    kwargs["allow_redirects"] = False
    # The gateway decodes a path and ends it at a question mark: the request is one for another route.
    for parameter, value in (case.path_parameters or {}).items():
        if isinstance(value, str):
            # As it is, or encoded already.
            case.path_parameters[parameter] = re.sub(r"\?|%3[Ff]", "-", value)
    # One key names one request. Requests differ, and generated keys hardly do: three of four get one of their own.
    own = str(case.headers.get("Idempotency-Key", ""))
    if 0 < len(own) < 200 and next(COUNT) % 4:
        case.headers["Idempotency-Key"] = f"{own}-{uuid.uuid4()}"
    if name(case) in NOW and case.path_parameters.get("id") in GIVEN:
        case.path_parameters["id"] = NOW[name(case)]
    if name(case) in ("createPost", "validatePost") and isinstance(case.body, dict):
        body = json.dumps(case.body)
        for kind, now in OF_POSTS.items():
            for given in PREPARED[kind]:
                body = body.replace(given, now)
        case.body = json.loads(body)


@schemathesis.hook
def after_call(context, case, response):
    sent = (response.request.headers.get("Authorization") or "").removeprefix("Bearer ")
    said = error(response)
    if said.get("code") in ("auth.invalid_key", "auth.insufficient_scope"):
        KEY.spoiled(sent)
    if response.status_code in (200, 201, 207, 404, 409) and case.path_parameters.get("id") == NOW.get(name(case), ""):
        renew(name(case), response.status_code, body_of(response))
    if name(case) == "createPost" and response.status_code >= 400 and any(id in response.text for id in OF_POSTS.values()):
        with_key(lambda: OF_POSTS.update(acc=SUPPLY.creator(), med=SUPPLY.make("deleteMedia")), "createPost")
    meta = case.meta
    line = {
        "operation": name(case),
        "probe": case.method.upper() != case.operation.method.upper(),
        "mode": meta.generation.mode.value if meta else None,
        "phase": meta.phase.name.value if meta else None,
        "status": response.status_code,
        "code": said.get("code"),
        "issues": unexplained(response, case),
    }
    with LOCK:
        ANSWERS.write(json.dumps(line) + "\n")


def body_of(response):
    """What was sent."""
    body = response.request.body or b""
    return body.encode() if isinstance(body, str) else bytes(body)


def renew(operation, status, sent):
    """Puts something new in the place of what a request has used up, or has found so."""
    # A post that has become one for the inbox has lost its privacy level: no later change could publish it directly.
    lasts = not re.search(rb"inbox|MEDIA_UPLOAD", sent)
    if operation in ("updatePost", "getUpload") and status == 200 and lasts:
        return
    # It is not as far yet, or fails once more.
    if operation in ("retryPost", "resolvePost") and status == 409 or operation == "retryPost" and status == 200:
        return
    # Cases share their parameters: what is put into one is in the next.
    GIVEN.add(NOW[operation])
    with_key(lambda: NOW.update({operation: SUPPLY.make(operation)}), operation)


def with_key(make, operation):
    key = KEY.now()
    SUPPLY.api.headers["Authorization"] = f"Bearer {key}"
    try:
        make()
    except AssertionError as problem:
        # The key was limited in between.
        print(f"nothing new for {operation}: {str(problem)[:300]}", flush=True)
        KEY.spoiled(key)


def error(response):
    try:
        answer = response.json()
    except ValueError:
        return {}
    said = answer.get("error") if isinstance(answer, dict) else None
    return said if isinstance(said, dict) else {}


# What says a post, and what has a post that is there checked again.
SAID, CHECKED = "(create|update)Post", "(create|update|publish|retry)Post"
LISTS = r"list\w+|getPostTimeline|summariseEvents"
OF_POST = "(get|delete|update|cancel|publish|retry|resolve|unpublish)Post|getPost(Metrics|Timeline)"
OF_MEDIA = "(get|delete|verify)Media|(complete|abort|get)Upload"
OF_ACCOUNT = "(get|disconnect|sync)Account|getCreatorInfo|getAccount(Limits|Summary)"
OF_OTHERS = (r"(follow|withdraw)Invite|(revoke|update|rotate)Key|removeRedirectUri|(delete|get|update|test)Webhook"
             r"|listDeliveries|(get|retry)Delivery|replayEvents|rotateWebhookSecret")
ACCOUNT_FIELDS = r"account_id|account_ids\[\d+\]|targets\[\d+\]\.account_id|id"

# Why a request that fits its schema may be refused: (operation, code, field, message), each a pattern of all of it.
# Only what no schema can say stands here, for the operations that may say it. Everything else is a fault of the
# description.
BEYOND = [
    # The same key with another request.
    (".*", "idempotency.key_reused", "Idempotency-Key", ".*"),
    # What somebody else is at, or the same request's twin.
    (".*", "idempotency.in_progress", "", ".*"),
    ("disconnectAccount", r"resource\.conflict", "", "The account is being connected again .*"),
    (CHECKED, r"resource\.conflict", ".*", ".* was replaced while it was being read"),
    # Any text is a cursor to a schema.
    (LISTS + "|listen|replayEvents|exportUser", "validation.field_invalid", "cursor", ".*"),
    # What is there, and what was there before: what a path leads to, and what a body or a query names.
    (OF_POST, r"post\.not_found", "id", ".*"),
    (OF_MEDIA, r"media\.not_found", "id", ".*"),
    (OF_ACCOUNT, r"account\.not_found", "(id)?", ".*"),
    ("(delete|rename)Brand", r"brand\.not_found", "(id)?", ".*"),
    (OF_OTHERS, r"resource\.not_found", "(id|token|delivery_id)?", ".*"),
    (CHECKED, r"account\.not_found", ACCOUNT_FIELDS, ".*"),
    (CHECKED, r"media\.not_found", r"(targets\[\d+\]\.)?(media_ids\[\d+\]|media\[\d+\]\.source)|id", ".*"),
    ("retryPost", r"media\.not_found", "media_ids", ".*"),
    ("connectAccount|createInvite", r"brand\.not_found|validation\.brand_invalid", "brand_id", ".*"),
    ("(create|update)Webhook|listen", r"(account|brand)\.not_found", r"(account|brand)_ids(\[\d+\])?", ".*"),
    ("(create|update)Key", r"validation\.brand_invalid", r"brand_ids\[\d+\]", ".*"),
    ("createPost", r"validation\.brand_invalid", "brand_id", ".*"),
    ("registerRedirectUri", "validation.redirect_uri_duplicate", "uri", ".*"),
    ("resolvePost", "validation.field_invalid", "account_id", "the post has no target .*"),
    ("exchangeCode", "auth.oauth.(request_expired|state_mismatch)", "(metadata.)?state", ".*"),
    # What state it is in.
    ("retryPost", "post.no_retryable_deliveries", "id", ".*"),
    ("(update|publish|cancel|retry|resolve)Post", r"post\.state_invalid", "id", ".*"),
    (OF_MEDIA, r"resource\.conflict|media\.in_use", "id", ".*"),
    ("retryDelivery", r"resource\.conflict", "id", ".*"),
    ("replayEvents", r"resource\.conflict", "id", "The endpoint is switched off.*"),
    ("deleteBrand", r"resource\.conflict", "",
     r"This is the brand that your tenant has from the beginning.*|\d+ brands of yours are being deleted.*"),
    # How many there are, and whether the same was made before.
    ("(create|rotate)Key|create(Webhook|Brand|Invite)|registerRedirectUri", r"resource\.conflict|brand\.limit_reached", ".*",
     r".*\d+ .*, the most there may be.*"),
    (CHECKED, r"resource\.conflict", "", "(The same|This very) .*"),
    (CHECKED, r"resource\.conflict", r"(targets\[\d+\]\.)?(media_ids.*|media\[\d+\]\.source)", r"\d+ posts are waiting .*"),
    ("signUp", r"resource\.conflict", "email", ".*"),
    # What time it is.
    (SAID, "validation.field_invalid", r"(targets\[\d+\]\.)?scheduled_at",
     "scheduled_at (lies in the past|is more than a year ahead)"),
    # What an address leads to, and what else there is to one than its beginning. Its length counts in bytes.
    ("importMedia|(create|update)Webhook", "validation.field_invalid", "url",
     r"url can't be called: .*|it has more than \d+ characters"),
    ("registerRedirectUri|connectAccount|exchangeCode", "validation.field_invalid", "(metadata.)?(uri|redirect_uri)",
     r".* can't be used: (it is no absolute URL \(.*\)|it names no host|it must begin with https://"
     r"|it must not hold a user name or password|it is longer than \d+ bytes|TikTok takes at most \d+ characters)"),
    ("connectAccount", "validation.field_invalid", "(metadata.)?redirect_uri",
     ".* is not among the registered redirect URIs|.* exclude each other"),
    ("(create|update)Webhook", "webhook_verification_failed", "url", ".*"),
    ("importMedia|" + SAID, r"publishing\.media\.unsupported_source", r".*(url|source|media_ids\[\d+\])", ".*"),
    # What is in a file, and what a form is.
    ("importPosts", r"validation\.field_(invalid|required)", "file|account_ids", ".*"),
    (CHECKED, r"validation\.(media_type_mismatch|unsupported_photo_format)|publishing\.media\.(mixing|rejected).*", ".*",
     ".*"),
    ("importPosts|uploadMedia", "validation.body_invalid", "body", "the form can't be read.*"),
    # What the methods of another protocol take, and whether a message's headers say the same as the message.
    ("callTools", "validation.body_invalid", "", ".*JSON-RPC.*"),
    ("callTools", r"-32\d{3}", "", ".*"),
    # What a key may do depends on the key.
    ("(create|list)Keys?", "validation.field_invalid", "mode", "a test key .* no live keys"),
    # What TikTok and the creator allow, some of it together with other fields.
    ("(create|publish)Post", "validation.field_(required|invalid)", ".*privacy_level", "privacy_level is required"),
    (SAID, "validation.field_invalid", ".*privacy_level", "branded content can not .*"),
    (SAID, "validation.field_invalid", ".*_disclosure_on", "commercial content is declared, but .*"),
    (CHECKED, "validation.privacy_level_unsupported", ".*privacy_level|visibility|id", ".*"),
    ("createPost", "validation.field_invalid", "platforms", "more than one TikTok account .*"),
    # Fields that exclude each other, or are required beside each other.
    (SAID + "|exchangeCode", "validation.field_invalid", ".*", ".* contradict each other"),
    ("createPost", r"platform\.tiktok\.media_required", ".*", ".*"),
    (SAID, "validation.field_invalid", "targets", "the post has .* accounts, at most .*"),
    # How many UTF-16 units a text has, and that the most of them depends on what the media is.
    (SAID, "validation.field_invalid", r"(targets\[\d+\]\.)?(text|title)",
     r"the (caption|description|title) has \d+ UTF-16 units, .*"),
    # The two names of a filter count together.
    (LISTS, "validation.field_invalid", "account_ids|brand_ids", r"\d+ ids are too many"),
    # It counts only beside no `content_type`.
    ("createUploadUrl", "validation.field_invalid", "media_type", ".*"),
]
# The same for whoever asked for it: with `Prefer: handling=strict` nothing may be there that the route does not know.
BEYOND_STRICT = (".*", "validation.field_invalid", ".*", "(?s).* is not a (known|query) .*")
# For whoever names an account in a change of a post that was not for it: whether it is a new one depends on the post.
BEYOND_NEW_ACCOUNT = ("updatePost", "validation.field_required", ".*privacy_level", "privacy_level is required")
# And for a text with U+0000 in it, which is in none, wherever it stands.
BEYOND_NULL = (".*", "validation.field_invalid", ".*", ".* has a null character in it")


def unexplained(response, case):
    """The problems with a well-formed request that a schema could have told, each with its operation."""
    if response.status_code not in REFUSED or not case.meta or not case.meta.generation.mode.is_positive:
        return []
    if case.method.upper() != case.operation.method.upper():
        return []
    said = error(response)
    # A page, for a creator.
    if not said:
        return []
    alone = {"code": said.get("code"), "field": said.get("meta", {}).get("field"), "message": said.get("message")}
    issues = said.get("meta", {}).get("issues") or [alone]
    # JSON-RPC has numbers for its codes.
    found = [[name(case)] + [str(issue.get(part) or "") for part in ("code", "field", "message")] for issue in issues]
    rows = [*BEYOND]
    if "strict" in (response.request.headers.get("Prefer") or ""):
        rows.append(BEYOND_STRICT)
    body = body_of(response)
    if re.search(rb'"(targets|account_ids?)"', body):
        rows.append(BEYOND_NEW_ACCOUNT)
    if b"\\u0000" in body or b"\0" in body or "%00" in (response.request.url or ""):
        rows.append(BEYOND_NULL)
    return [issue for issue in found if not any(all(map(re.fullmatch, row, issue)) for row in rows)]


@schemathesis.check
def well_formed_is_refused_for_what_no_schema_says(ctx, response, case):
    """Beside `positive_data_acceptance`, which takes these statuses in this lane."""
    if found := unexplained(response, case):
        raise AssertionError("A schema could have said that:\n" + "\n".join(" | ".join(issue) for issue in found))
