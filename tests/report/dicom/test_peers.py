"""Other programs take the objects: dciodvfy finds no error, Orthanc stores them and gives them back whole."""

import contextlib
import email
import http.client
import json
import socket
import subprocess
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pydicom
import pytest

from spoils.files import write_folder
from spoils.report import dicom_files

from ...programs import program
from ..builders import full_assessment
from .results import phantom_result
from .studies import datasets, enhanced

pytestmark = pytest.mark.peers

ORTHANC_PLUGIN = "/usr/share/orthanc/plugins/libOrthancDicomWeb.so"
STARTED_WITHIN_S = 120


@pytest.fixture(scope="module", params=["single frames", "multi-frame"])
def files(request, tmp_path_factory):
    """Return the four objects of a phantom study as files."""
    folder = tmp_path_factory.mktemp("objects")
    images = [enhanced(datasets())] if request.param == "multi-frame" else datasets()
    content, study = phantom_result(folder / "study", images, assessment=full_assessment())
    write_folder(folder / "out", dicom_files(content, study.source))
    found = sorted((folder / "out").iterdir())
    assert len(found) == 4
    return found


def errors_of(path):
    checked = subprocess.run([program("dciodvfy"), "-new", path], capture_output=True, text=True, check=False)
    return [line for line in (checked.stdout + checked.stderr).splitlines() if line.startswith(("Error", "Abort"))]


def test_dciodvfy_finds_no_error(files):
    assert {path.name: errors_of(path) for path in files} == {path.name: [] for path in files}


def test_dciodvfy_would_find_one(files, tmp_path):
    for path in files:
        dataset = pydicom.dcmread(path)
        del dataset.StudyInstanceUID
        dataset.save_as(tmp_path / path.name)
        assert errors_of(tmp_path / path.name)


def test_dcmtk_can_read_the_report(files):
    report = next(path for path in files if path.name == "sr.dcm")
    dumped = subprocess.run([program("dsrdump"), report], capture_output=True, text=True, check=True)
    assert "E: " not in dumped.stderr
    assert "Pfirrmann grade of disc degeneration" in dumped.stdout


@dataclass(frozen=True)
class Archive:
    """A running Orthanc."""

    http_port: int
    dicom_port: int

    def ask(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()

    def instances(self):
        return json.loads(self.ask("GET", "/instances")[2])

    def is_up(self):
        try:
            return self.ask("GET", "/system")[0] == 200
        except OSError:
            return False


def free_ports(count):
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    orthanc = program("Orthanc")
    folder = tmp_path_factory.mktemp("orthanc")
    http_port, dicom_port = free_ports(2)
    settings = {
        "StorageDirectory": str(folder / "storage"),
        "IndexDirectory": str(folder / "index"),
        "TemporaryDirectory": str(folder),
        "HttpPort": http_port,
        "DicomPort": dicom_port,
        "DicomAet": "ARCHIVE",
        "RemoteAccessAllowed": False,
        "Plugins": [ORTHANC_PLUGIN],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (folder / "orthanc.json").write_text(json.dumps(settings))
    running = Archive(http_port, dicom_port)
    with (folder / "log").open("wb") as log, subprocess.Popen([orthanc, folder / "orthanc.json"], stderr=log) as server:
        try:
            patience = time.monotonic() + STARTED_WITHIN_S
            while not running.is_up():
                assert server.poll() is None, (folder / "log").read_text()
                assert time.monotonic() < patience, "Orthanc did not start"
                time.sleep(0.2)
            yield running
        finally:
            server.terminate()


@pytest.fixture
def empty_archive(archive):
    for instance in archive.instances():
        assert archive.ask("DELETE", f"/instances/{instance}")[0] == 200
    return archive


def by_uid(encoded):
    read = [pydicom.dcmread(BytesIO(content)) for content in encoded]
    return {dataset.SOPInstanceUID: dataset for dataset in read}


def wado(archive, dataset):
    """Return the file that the archive serves over WADO-RS."""
    path = (
        f"/dicom-web/studies/{dataset.StudyInstanceUID}/series/{dataset.SeriesInstanceUID}"
        f"/instances/{dataset.SOPInstanceUID}"
    )
    accept = {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}
    status, headers, body = archive.ask("GET", path, headers=accept)
    assert status == 200, body
    message = email.message_from_bytes(f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode() + body)
    (part,) = message.get_payload()
    return part.get_payload(decode=True)


def require_whole(archive, files):
    sent = by_uid(path.read_bytes() for path in files)
    kept = by_uid(archive.ask("GET", f"/instances/{name}/file")[2] for name in archive.instances())
    assert kept == sent
    assert by_uid(wado(archive, dataset) for dataset in sent.values()) == sent


def test_orthanc_keeps_what_it_gets_over_c_store(files, empty_archive):
    store = program("/usr/bin/storescu")
    for path in files:
        syntax = ["-xv"] if path.name == "overlay.dcm" else ["-x="]
        command = [store, *syntax, "-R", "-aec", "ARCHIVE", "127.0.0.1", str(empty_archive.dicom_port), path]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    require_whole(empty_archive, files)


def test_orthanc_keeps_what_it_gets_over_stow(files, empty_archive):
    border = uuid4().hex
    parts = [
        f"--{border}\r\nContent-Type: application/dicom\r\n\r\n".encode() + path.read_bytes() + b"\r\n"
        for path in files
    ]
    content_type = f'multipart/related; type="application/dicom"; boundary={border}'
    status, _, answer = empty_archive.ask(
        "POST",
        "/dicom-web/studies",
        b"".join(parts) + f"--{border}--\r\n".encode(),
        {"Content-Type": content_type, "Accept": "application/dicom+json"},
    )
    assert status == 200, answer
    require_whole(empty_archive, files)


def test_the_plugin_of_the_archive_is_installed():
    program("Orthanc")
    assert Path(ORTHANC_PLUGIN).exists()
