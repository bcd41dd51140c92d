"""Gives each call a key of its own: one that was used for another call is refused, which no schema can say."""

import re
import uuid

import schemathesis


@schemathesis.hook
def before_call(context, case, kwargs):
    key = (case.headers or {}).get("Idempotency-Key", "")
    if re.fullmatch("[!-~]{1,255}", key):
        case.headers["Idempotency-Key"] = uuid.uuid4().hex
