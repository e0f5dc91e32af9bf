#!/usr/bin/env python3
# The same poster in Python: it "posts" into outbox/<account>/. See poster.sh for what reprise hands over and expects.
import json
import os
import re
import shutil
import sys
from pathlib import Path

given = os.environ
here = Path(__file__).resolve().parent
job = json.loads(sys.stdin.readline())  # the whole job, one line; its main fields are variables too
outbox = Path(given.get("OUTBOX", here / "outbox")) / given["REPRISE_ACCOUNT"]
post = outbox / re.sub(r"[^\w.-]", "_", given["REPRISE_JOB_ID"])
live, draft = Path(f"{post}.mp4"), Path(f"{post}.draft")


def say(**event):
    """One event, one line, on descriptor 3."""
    os.write(int(given.get("REPRISE_EVENTS_FD", "3")), (json.dumps(event) + "\n").encode())


def may_publish():
    """Asks before the tap. Only the line {"type":"go"} means go; end of file means: do not post."""
    say(type="publishing")
    with os.fdopen(int(given.get("REPRISE_GO_FD", "4")), encoding="utf-8") as answers:
        line = answers.readline()
    return line != "" and json.loads(line).get("type") == "go"


def make_post():
    say(type="step", name="opening")
    if (outbox / "BLOCKED").exists():
        say(type="not_posted", category="account", cause="suspended", message=f"{given['REPRISE_ACCOUNT']} may not post")
        return 77
    outbox.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(given["REPRISE_MEDIA"], draft)
    Path(f"{post}.txt").write_text(given["REPRISE_CAPTION"] + "\n", encoding="utf-8")
    if not may_publish():
        return 75
    draft.rename(live)  # the tap
    say(type="posted", url=live.as_uri())
    return 0


action = given["REPRISE_ACTION"]
if action == "post":
    sys.exit(make_post())
elif action == "verify":
    say(type="verified", posted=live.exists())
elif action != "check":
    print(f"action {action} is not known (job {job['id']})", file=sys.stderr)
    sys.exit(64)  # an action of a later version: never guess, a guess could post
