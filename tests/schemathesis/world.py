"""Slipway as the lane's programs call it, and what they prepare in it: creators, media, posts in each state."""

import threading
import time
import uuid
from pathlib import Path

import requests

SAMPLE = Path(__file__).parents[2] / "infra/local/sample/sample.mp4"
PRIVATE = {"tiktok": {"privacy_level": "SELF_ONLY"}}


class Slipway(requests.Session):
    """The API with a key. Whatever is not as expected ends the run."""

    def __init__(self, url, key):
        super().__init__()
        self.url = url
        self.headers["Authorization"] = f"Bearer {key}"

    def ask(self, method, path, **said):
        answer = self.request(method, self.url + path, timeout=60, **said)
        assert answer.ok, (method, path, answer.status_code, answer.text)
        return answer.json() if answer.content else None


def connected(api, creator):
    """The id of a test creator's account."""
    begun = api.ask("POST", "/v1/accounts/connect", json={"platform": "tiktok"})
    back = requests.get(begun["auth_url"].replace("code=test.creator", f"code=test.{creator}"), timeout=60)
    assert back.ok, (back.status_code, back.text)
    return api.ask("GET", f"/v1/accounts?state={begun['state']}")["data"][0]["id"]


def uploaded(api):
    file = {"file": ("sample.mp4", SAMPLE.read_bytes(), "video/mp4")}
    return api.ask("POST", "/v1/media/upload", files=file)["media_id"]


def in_parts(api):
    """A file whose parts are there and wait to be joined. It is no video."""
    upload = api.ask("POST", "/v1/media/upload-url", json={"size_bytes": 33_554_433})
    for part in api.ask("GET", f"/v1/media/{upload['media_id']}/upload")["parts"]:
        requests.put(part["url"], data=bytes(part["size"]), timeout=60).raise_for_status()
    return upload["media_id"]


def half_way(api):
    """A file none of whose parts is there."""
    return api.ask("POST", "/v1/media/upload-url", json={"size_bytes": 40_000_000})["media_id"]


def posted(api, account, media, text, **said):
    """A post with a text that no other has."""
    target = {"account_id": account, "platform_data": PRIVATE}
    body = {"text": f"{text} {uuid.uuid4()}", "media_ids": [media], "targets": [target], **said}
    return api.ask("POST", "/v1/posts", json=body)["id"]


def until(api, post, status):
    for _ in range(300):
        if api.ask("GET", f"/v1/posts/{post}")["status"] == status:
            return
        time.sleep(0.2)
    raise AssertionError(f"{post} is never {status}")


def delivered(api, webhook):
    for _ in range(300):
        if found := api.ask("GET", f"/v1/webhooks/{webhook}/deliveries")["data"]:
            return found[0]["id"]
        time.sleep(0.2)
    raise AssertionError("nothing was delivered")


# What is made for operations that end it.
MADE = {
    "deleteBrand": ("/v1/brands", {"name": "Goes"}),
    "deleteWebhook": ("/v1/webhooks", {"url": "", "events": ["media.ready"]}),
    "removeRedirectUri": ("/v1/oauth/redirect-uris", {"uri": ""}),
    "withdrawInvite": ("/v1/invites", {"platform": "tiktok", "brand_id": "", "expires_in_days": 1}),
    "revokeKey": ("/v1/keys", {"name": "Goes"}),
}


class Supply:
    """New things in the place of those that a request has used up: a draft is published once, and then it is none."""

    def __init__(self, api, origin):
        self.api, self.origin, self.lock, self.creators = api, origin, threading.RLock(), 0
        self.account = self.media = None

    def make(self, operation):
        with self.lock:
            if operation == "completeUpload":
                return in_parts(self.api)
            if operation in ("getUpload", "abortUpload"):
                return half_way(self.api)
            if operation == "deleteMedia":
                return uploaded(self.api)
            if operation == "disconnectAccount":
                return self.creator()
            if operation in MADE:
                path, body = MADE[operation]
                body = {**body, **({"uri": f"{self.origin}/{uuid.uuid4()}"} if "uri" in body else {}),
                        **({"url": f"{self.origin}/hook"} if "url" in body else {}),
                        **({"brand_id": self.make("deleteBrand")} if "brand_id" in body else {})}
                return self.api.ask("POST", path, json=body)["id"]
            try:
                return self.post(operation)
            except (AssertionError, TypeError):
                # The account or the file is gone.
                self.account, self.media = self.creator(), uploaded(self.api)
                return self.post(operation)

    def creator(self):
        self.creators += 1
        return connected(self.api, f"s{self.creators}.{uuid.uuid4().hex[:8]}")

    def post(self, operation):
        text, said = {
            "cancelPost": ("Waits", {"scheduled_at": "2027-06-01T12:00:00Z"}),
            "retryPost": ("Fails [test:file_format_check_failed]", {"publish_now": True}),
            "resolvePost": ("Nobody knows [test:unknown_publish]", {"publish_now": True}),
        }.get(operation, ("A draft", {}))
        if self.account is None:
            raise TypeError
        if operation != "retryPost":
            return posted(self.api, self.account, self.media, text, **said)
        # It has a file of its own, for which no drafts wait until there are too many to try it again.
        post = posted(self.api, self.account, uploaded(self.api), text, **said)
        until(self.api, post, "failed")
        return post
