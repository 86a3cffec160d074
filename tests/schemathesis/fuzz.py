"""Prepares a tenant that has some of everything, runs Schemathesis over every operation, and judges the run.

Takes the events that the local stack has printed, the port at which a customer's server may listen, and `--long` with a
seed or without. Whatever a check finds ends the run with 1, as do an operation that was left out and too few cases.
"""

import collections
import http.server
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import requests
from world import MADE, SAMPLE, Slipway, Supply, connected, delivered, posted, until, uploaded

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "openapi.json"
EVENTS = ["post.published", "post.failed", "post.cancelled", "post.updated", "media.ready", "account.connected"]
# Operations whose requests use up what they are about, so that every one that did gets a new one.
SUPPLIED = ["updatePost", "publishPost", "cancelPost", "retryPost", "resolvePost", "completeUpload", "getUpload",
            "abortUpload", "deletePost", "deleteMedia", "disconnectAccount", *MADE]
# `stateful` is how many ways through several operations: each operation begins some before links are followed. The tool
# ends them early where a repeat is answered otherwise than the first time, which here is as it should be; so the long form
# begins them anew, `rounds` times.
# `refused` are the statuses that a well-formed request gets for a known reason alone. Those of what is there, and of what
# others are at, also depend on the moment: the short form, which has to end the same each time, does not read them.
SHORT = {"seed": 14, "examples": 3, "stateful": 150, "rounds": 0, "least": 5_000, "refused": [400, 413, 422]}
LONG = {"seed": None, "examples": 200, "stateful": 300, "rounds": 4, "least": 20_000, "refused": [400, 404, 409, 413, 422]}


class Customer(http.server.BaseHTTPRequestHandler):
    """A customer's server: takes every webhook, and gives the sample to whoever imports it."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.answer(b"")

    def do_GET(self):
        self.answer(SAMPLE.read_bytes())

    do_HEAD = do_GET

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


def prepared(url, live, origin):
    """A test tenant with some of everything: its key, the ids that stand for those of the document's examples, and the
    examples of operations that need something of their own."""
    key = live.ask("POST", "/v1/keys", json={"name": "prepares", "mode": "test"})
    api = Slipway(url, key["raw_key"])
    brand = api.ask("POST", "/v1/brands", json={"name": "Boats"})["id"]
    accounts = [connected(api, creator) for creator in ("creator", "anna", "ben", "clara")]
    media = [uploaded(api) for _ in range(4)]
    webhook = api.ask("POST", "/v1/webhooks", json={"url": f"{origin}/hook", "events": EVENTS})["id"]
    invite = api.ask("POST", "/v1/invites", json={"platform": "tiktok", "brand_id": brand, "expires_in_days": 7})
    address = api.ask("POST", "/v1/oauth/redirect-uris", json={"uri": f"{origin}/back"})["id"]
    post = posted(api, accounts[0], media[0], "Goes well", publish_now=True)
    until(api, post, "published")
    ids = {"acc": accounts, "brand": [brand], "med": media, "wh": [webhook], "dlv": [delivered(api, webhook)],
           "inv": [invite["id"]], "uri": [address], "post": [post], "key": [key["id"]]}
    supply = Supply(api, origin)
    own = {name: {"id": supply.make(name)} for name in SUPPLIED}
    begun = api.ask("POST", "/v1/accounts/connect", json={"platform": "tiktok"})
    metadata = {"redirect_uri": f"{origin}/back"}
    own_page = api.ask("POST", "/v1/accounts/connect", json={"platform": "tiktok", "metadata": metadata})
    own["followInvite"] = {"token": invite["token"]}
    own["finishConnection"] = {"code": "test.dora", "state": begun["state"]}
    exchange = {"platform": "tiktok", "code": "test.emma", "metadata": {**metadata, "state": own_page["state"]}}
    own["exchangeCode"] = {"body": exchange}
    own["signUp"] = {"body": {"email": "new@example.com", "name": "New"}}
    table = f"account_ids,text,media_ids,visibility\n{accounts[3]},From a file,{media[3]},private\n"
    own["importPosts"] = {"body": {"file": table}}
    own["callTools"] = {"body": {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}}
    return ids, own


def with_what_is_there(document, ids, own_examples, origin):
    """The document with ids of things that are there in its examples, and addresses at which somebody answers.

    An operation that needs something in a state of its own has it as its own example."""
    known = {}

    def own(found):
        kind = found.group(1)
        if kind not in ids:
            return found.group(0)
        nth = known.setdefault(kind, {}).setdefault(found.group(0), len(known[kind]))
        return ids[kind][nth % len(ids[kind])]

    def changed(value, is_example=False):
        if isinstance(value, dict):
            return {key: changed(item, is_example or key in ("example", "examples")) for key, item in value.items()}
        if isinstance(value, list):
            return [changed(item, is_example) for item in value]
        if is_example and isinstance(value, str):
            value = value.replace("https://slipway.example.com", origin)
            return re.sub(r"\b([a-z]+)_01a2036200000000[0-9a-f]{16}\b", own, value)
        return value

    document = changed(document)
    operations = [described for methods in document["paths"].values() for described in methods.values()]
    for operation in operations:
        for name, value in own_examples.get(operation["operationId"], {}).items():
            if name == "body":
                for content in operation["requestBody"]["content"].values():
                    content["example"] = value
            for parameter in operation["parameters"]:
                if parameter.get("name") == name:
                    parameter["example"] = value
    return document


def main():
    arguments = sys.argv[3:]
    size = LONG if "--long" in arguments else SHORT
    seed = next((int(word) for word in arguments if word.isdigit()), size["seed"] or random.randrange(2**31))
    origin = f"http://127.0.0.1:{sys.argv[2]}"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Customer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ready = next(event for event in map(json.loads, open(sys.argv[1])) if event["event"] == "ready")
    url, live = ready["api_url"], Slipway(ready["api_url"], ready["api_key"])
    ids, own_examples = prepared(url, live, origin)
    going = requests.post(f"{url}/v1/signup", json={"email": "going@example.com"}, timeout=60).json()["key"]["raw_key"]
    document = json.loads(DOCUMENT.read_text())

    folder = Path(tempfile.mkdtemp(prefix="slipway-fuzz-"))
    (folder / "openapi.json").write_text(json.dumps(with_what_is_there(document, ids, own_examples, origin)))
    settings = (HERE / "schemathesis.toml").read_text()
    (folder / "schemathesis.toml").write_text(settings + f"max-examples = {size['stateful']}\n")
    print(f"seed {seed}, reports in {folder}", flush=True)
    command = [
        Path(sys.executable).parent / "st", "--config-file", folder / "schemathesis.toml", "run",
        folder / "openapi.json", "--url", url, "--checks", "all", "--max-examples", str(size["examples"]),
        "--no-color", "--workers", "1", "--report", "json,ndjson",
    ]
    environment = {
        **os.environ, "FUZZ_API": url, "FUZZ_KEY": ready["api_key"], "FUZZ_GOING": going,
        "FUZZ_REFUSED": json.dumps(size["refused"]),
        "FUZZ_SUPPLIED": json.dumps({name: own_examples[name]["id"] for name in SUPPLIED}), "PYTHONPATH": str(HERE),
        "FUZZ_PREPARED": json.dumps(ids), "FUZZ_ORIGIN": origin,
        "SCHEMATHESIS_HOOKS": str(HERE / "hooks.py"),
    }
    only = [arguments[at + 1] for at, word in enumerate(arguments) if word == "--only"]
    command += [part for name in only for part in ("--include-operation-id", name)]
    phases = arguments[arguments.index("--phases") + 1] if "--phases" in arguments else None
    is_part = only or phases
    begun = time.monotonic()
    runs = [run(command, environment, folder, seed, phases)]
    if not is_part:
        runs += [run(command, environment, folder, seed + 1 + nth, "stateful") for nth in range(size["rounds"])]
    judge(runs, document, 0 if is_part else size["least"], time.monotonic() - begun, only)


class Run:
    """What Schemathesis found, and what it was answered."""

    def __init__(self, code, folder):
        self.code = code
        self.report = json.loads(next(folder.glob("json-*.json")).read_text())
        self.answers = [json.loads(line) for line in (folder / "answers").open()]
        reported = next(folder.glob("ndjson-*")).open()
        self.followed = sum(line.count('"is_transition_applied":true') for line in reported)


def run(command, environment, folder, seed, phases):
    own = folder / str(seed)
    own.mkdir()
    command = [*command, "--seed", str(seed), "--report-dir", own, *(["--phases", phases] if phases else [])]
    environment = {**environment, "FUZZ_ANSWERS": str(own / "answers")}
    return Run(subprocess.run(command, env=environment, cwd=own).returncode, own)


# What no generated request can do, and why.
NOT_CARRIED_OUT = {
    "receiveTikTokWebhook": "only TikTok can sign its webhooks",
    "resolvePost": "no post is in doubt where TikTok's double answers everything",
    "unpublishPost": "TikTok has no such call: it is always refused",
}


def judge(runs, document, least, seconds, only):
    operations = {
        described["operationId"]: f"{method.upper()} {path}"
        for path, methods in document["paths"].items() for method, described in methods.items()
        if not only or described["operationId"] in only
    }
    report, answers = runs[0].report, [answer for run in runs for answer in run.answers]
    seen = collections.defaultdict(collections.Counter)
    for answer in answers:
        if not answer["probe"]:
            seen[answer["operation"]][answer["status"]] += 1
    cases = sum(run.report["test_cases"]["generated"] for run in runs)
    statuses = collections.Counter(answer["status"] for answer in answers)
    phases = collections.Counter(answer["phase"] for answer in answers)
    beyond = collections.Counter(tuple(re.sub(r"\[\d+\]", "[]", part) for part in issue) for answer in answers for issue in answer["issues"])
    carried_out = [name for name in operations if any(status < 400 for status in seen[name])]
    print(f"\n{cases} cases and {len(answers)} answers in {seconds:.0f} s, seed {report['seed']}")
    print(f"operations: {report['operations']['tested']} of {len(operations)} tested, "
          f"{len(carried_out)} did what they were asked for at least once")
    followed = sum(run.followed for run in runs)
    print(f"by phase: {dict(phases)}; links were followed {followed} times")
    print("statuses:", dict(sorted(statuses.items())))
    never = sorted(set(operations) - set(carried_out))
    for name in never:
        print(f"never carried out: {name} ({operations[name]}): {dict(seen[name])}")
    for (name, refusal, field, message), count in sorted(beyond.items()):
        print(f"well-formed, and refused all the same, {count} times: {name} | {refusal} | {field} | {message[:120]}")
    problems = []
    problems += [f"Schemathesis found something, or failed (exit code {run.code})" for run in runs if run.code != 0]
    if left_out := sorted(set(operations) - {name for name in operations if seen[name]}):
        problems.append(f"operations without a case: {', '.join(left_out)}")
    # The short form has no time for everything: a post that failed may not be there when it is retried.
    if least >= LONG["least"] and (unexpected := set(never) - set(NOT_CARRIED_OUT)):
        problems.append(f"operations that were never carried out: {', '.join(sorted(unexpected))}")
    if report["operations"]["tested"] != len(operations):
        problems.append(f"{report['operations']['tested']} operations were tested, and there are {len(operations)}")
    incomplete = [run.report["stop_reason"] for run in runs if not run.report["complete"]]
    problems += [f"a run is not complete: {reason}" for reason in incomplete]
    if cases < least:
        problems.append(f"{cases} cases, and {least} were asked for")
    # The short form has time for few ways, and none of them may get as far.
    if not followed and least >= LONG["least"]:
        problems.append("no link was followed")
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
