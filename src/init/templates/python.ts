export const PYTHON_POSTER = String.raw`#!/usr/bin/env python3
# Posts one job. reprise starts this once per attempt, with the job in variables:
#   REPRISE_ACCOUNT  whose post it is      REPRISE_MEDIA    absolute path of the file
#   REPRISE_JOB_ID   the job               REPRISE_CAPTION  the text
#   REPRISE_ACTION   post, verify or check REPRISE_DEVICE   the phone, as JSON
# As it is, it "posts" into the folder posted/, so that you can try everything. Your code goes where it says YOURS.
import json
import os
import re
import shutil
import sys

given = os.environ
here = os.path.dirname(os.path.abspath(__file__))


def safe(text):
    return re.sub(r"[^\w.-]", "_", text)


folder = os.path.join(here, "posted", safe(given["REPRISE_ACCOUNT"]))
post = os.path.join(folder, safe(given["REPRISE_JOB_ID"]))


# YOURS: all that comes before the tap, such as opening the app and picking the file. May raise and be tried again.
def prepare():
    os.makedirs(folder, exist_ok=True)
    shutil.copyfile(given["REPRISE_MEDIA"], post + ".draft")
    with open(post + ".txt", "w", encoding="utf-8") as caption:
        caption.write(given["REPRISE_CAPTION"] + "\n")


# YOURS: the tap. After it the post may be live, whatever happens next: keep it the one last thing.
def publish():
    os.rename(post + ".draft", post + ".mp4")


# YOURS: is the post live? Only look, never post. (Without a way to look: take "verify: same" out of the config.)
def is_live():
    return os.path.exists(post + ".mp4")


def say(**event):
    """Says one thing to reprise: a line of JSON on descriptor 3."""
    os.write(3, (json.dumps(event) + "\n").encode())


def may_publish():
    """Asks before the tap. Only the line {"type":"go"} on descriptor 4 means go; its end means: do not post."""
    say(type="publishing")
    with os.fdopen(4, encoding="utf-8") as answers:
        line = answers.readline()
    return line != "" and json.loads(line).get("type") == "go"


def make_post():
    say(type="step", name="opening")
    # Know what is wrong? Say so, and it is believed:
    #   say(type="not_posted", category="account", cause="suspended", message="logged out"); return 77
    # Otherwise the exit code is read (69, 75: phone or network; 65: this media; 77: this account; 78: this installation),
    # and for any other code the last lines of stderr.
    prepare()
    if not may_publish():
        return 75  # no go, no post
    publish()
    say(type="posted", url="file://" + post + ".mp4")
    return 0


action = given["REPRISE_ACTION"]
if action == "post":
    sys.exit(make_post())
elif action == "verify":
    say(type="verified", posted=is_live())
elif action != "check":
    sys.exit(64)  # an action of a later version: never guess, a guess could post
`;
