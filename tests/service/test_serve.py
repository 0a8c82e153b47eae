"""The application as a process: started, used from outside, killed and started again."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
import zipfile

import pytest

from .conftest import PASSWORD

pytestmark = pytest.mark.slow
PROGRAM = (sys.executable, "-c", "from spoils.cli import main; main()")
PATIENCE_SECONDS = 300


class Application:
    def __init__(self, data):
        self.data = data
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = None
        self.token = ""

    def start(self, *options):
        command = [*PROGRAM, "serve", "--data", str(self.data), "--port", str(self.port), *options]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        self.wait_for(self.is_alive)

    def is_alive(self):
        if self.process.poll() is not None:
            pytest.fail(f"The application ended: {self.process.communicate()}")
        try:
            return self.ask("/healthz")[0] == 200
        except urllib.error.URLError:
            return False

    def wait_for(self, is_so):
        until = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            if time.monotonic() > until:
                pytest.fail("The application did not answer in time.")
            time.sleep(0.2)

    def ask(self, path, body=None, headers=None, method=None):
        headers = {"Authorization": f"Bearer {self.token}", **(headers or {})} if self.token else headers or {}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()

    def json(self, path, **options):
        return json.loads(self.ask(path, **options)[1])

    def run(self, *arguments, **options):
        done = subprocess.run(
            [*PROGRAM, "service", *arguments, "--data", str(self.data)],
            capture_output=True,
            text=True,
            check=False,
            **options,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def kill(self, number=signal.SIGKILL):
        os.killpg(self.process.pid, number)
        return self.process.communicate(timeout=60)

    def upload(self, files, **fields):
        border = uuid.uuid4().hex
        parts = [
            f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        for name, content in files.items():
            head = f'--{border}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
            parts.append(head.encode() + content + b"\r\n")
        headers = {"Content-Type": f"multipart/form-data; boundary={border}"}
        body = b"".join([*parts, f"--{border}--\r\n".encode()])
        return json.loads(self.ask("/api/v1/studies", body, headers)[1])["id"]

    def ended(self, study):
        return self.json(f"/api/v1/studies/{study}")["state"] in {"ready", "failed"}


@pytest.fixture
def application(tmp_path):
    started = Application(tmp_path / "data")
    started.start()
    started.run("create-user", "jane", "--role", "clinician", input=f"{PASSWORD}\n{PASSWORD}\n")
    started.token = started.run("token", "jane", "--scope", "studies:read", "--scope", "studies:write")
    yield started
    if started.process.poll() is None:
        started.kill()


@pytest.fixture(scope="module")
def archive(phantom_study):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as zipped:
        for path in sorted(phantom_study.rglob("*.dcm")):
            zipped.write(path, path.relative_to(phantom_study))
    return content.getvalue()


def test_a_killed_application_finishes_its_work_once(application, archive):
    study = application.upload({"study.zip": archive}, odi=44, nrs=7)
    broken = application.upload({"broken.dcm": b"DICM" * 100})
    application.wait_for(lambda: application.json(f"/api/v1/studies/{study}")["state"] == "running")
    application.kill()
    application.start()
    application.wait_for(lambda: application.ended(study) and application.ended(broken))
    found = application.json(f"/api/v1/studies/{study}")
    assert (found["state"], found["result"]["number"]) == ("ready", 1)
    assert len(application.json(f"/api/v1/studies/{study}/versions")) == 1
    assert [disc["level"] for disc in application.json(f"/api/v1/studies/{study}/assessment")["discs"] if disc["label"]]
    failed = application.json(f"/api/v1/studies/{broken}")
    assert (failed["state"], failed["result"]) == ("failed", None)
    assert failed["reason"]
    correct_and_end(application, study)


def correct_and_end(application, study):
    """Correct a grade, then end the application with a signal."""
    wanted = {"corrections": [{"kind": "grade", "level": "L4-L5", "grade": 2, "reason": "seen"}]}
    headers = {"Content-Type": "application/json"}
    application.ask(f"/api/v1/studies/{study}/corrections", json.dumps(wanted).encode(), headers)
    application.wait_for(lambda: application.ended(study))
    versions = application.json(f"/api/v1/studies/{study}/versions")
    assert [version["number"] for version in versions] == [1, 2]
    document = application.json(f"/api/v1/studies/{study}/assessment")
    assert document["corrections"][0]["correction"]["by"] == "jane"
    assert "All" in application.run("verify-audit")
    printed, told = application.kill(signal.SIGTERM)
    assert printed == ""
    assert "Traceback" not in told
    assert not list((application.data / "work").iterdir())


def test_two_processes_do_not_work_on_one_folder(application):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    second = subprocess.run(
        [*PROGRAM, "serve", "--data", str(application.data), "--port", str(port)],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )
    assert second.returncode == 2
    assert second.stderr.splitlines()[-1].startswith("Error: Another process works on this folder already.")


def test_an_address_in_use_is_told(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = subprocess.run(
            [*PROGRAM, "serve", "--data", str(tmp_path), "--port", str(port), "--no-worker"],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1] == "Error: The address is in use, or this computer does not have it."
