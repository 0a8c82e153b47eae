"""Common parts of the four DICOM objects of a result: equipment, time, series and UIDs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum
from hashlib import sha256
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from pydicom.dataset import Dataset
from pydicom.valuerep import DA, DT, TM

from spoils import __version__
from spoils.findings import RESEARCH_USE

__all__ = ["MANUFACTURER", "NOTICE", "DocumentKind", "Run", "tracking_uid"]

MANUFACTURER = "SPOILS"
NOTICE = RESEARCH_USE.split(".", maxsplit=1)[0].lower()
"""The start of the notice on every output, short enough for a series description."""


class DocumentKind(Enum):
    """The objects of a result, each in a new series: number and description of the series."""

    SEGMENTATION = (9001, "SPOILS segmentation")
    REPORT = (9002, "SPOILS measurements")
    DOCUMENT = (9003, "SPOILS report")
    PICTURE = (9004, "SPOILS overlay")

    @property
    def series_number(self) -> int:
        """Number of the series. It is far above the numbers that scanners use."""
        return self.value[0]

    @property
    def description(self) -> str:
        """Description of the series, with the notice."""
        return f"{self.value[1]}, {NOTICE}"


@dataclass(frozen=True)
class Run:
    """One creation of results: its time, and a digest of all inputs. Equal runs create equal objects and UIDs.

    ``states_zone`` is true if the images state their time zone. The results then state it too, and ``created`` is in
    it.
    """

    created: datetime
    digest: str
    states_zone: bool = False

    @classmethod
    def of(cls, created: datetime, header: Dataset, *parts: bytes) -> Run:
        """Return the run that creates objects from ``parts`` at ``created``, for the study of ``header``.

        Times are in the time zone that the header states, like those of the study; otherwise in that of this computer.
        """
        digest = sha256(f"{__version__} {created.isoformat()}".encode())
        for part in parts:
            digest.update(sha256(part).digest())
        zone = _zone_of(header)
        return cls(created.astimezone(zone), digest.hexdigest(), zone is not None)

    def uid(self, *names: str) -> str:
        """Return the UID of an item of this run."""
        return _uid(self.digest, *names)

    def identity(self, kind: DocumentKind) -> dict[str, Any]:
        """Return the arguments of highdicom for an object of ``kind``: series, instance, equipment and time."""
        return {
            "series_instance_uid": self.uid(kind.name, "series"),
            "series_number": kind.series_number,
            "series_description": kind.description,
            "sop_instance_uid": self.uid(kind.name),
            "instance_number": 1,
            "manufacturer": MANUFACTURER,
            "manufacturer_model_name": MANUFACTURER,
            "software_versions": __version__,
            "device_serial_number": __version__,
            "content_date": self.created.date(),
            "content_time": self.created.time(),
        }

    def dated(self, dataset: Dataset) -> None:
        """Replace the current time, which highdicom sets in ``dataset``, by the time of the run."""
        dataset.InstanceCreationDate = DA(self.created.date())
        dataset.InstanceCreationTime = TM(self.created.time())
        if self.states_zone:
            dataset.TimezoneOffsetFromUTC = f"{self.created:%z}"
        if "ContributingEquipmentSequence" in dataset:
            dataset.ContributingEquipmentSequence[-1].ContributionDateTime = DT(
                self.created.strftime("%Y%m%d%H%M%S.%f")
            )


def _zone_of(header: Dataset) -> tzinfo | None:
    try:
        return datetime.strptime(str(header.get("TimezoneOffsetFromUTC", "")), "%z").tzinfo
    except ValueError:
        return None


def tracking_uid(series_uid: str, structure: str) -> str:
    """Return the tracking UID of a structure of a series. It is the same in every run.

    >>> tracking_uid("1.2.3", "L1") == tracking_uid("1.2.3", "L1")
    True
    """
    return _uid(series_uid, structure)


def _uid(*names: str) -> str:
    """Derive a UID from a UUID, as PS3.5 B.2 allows."""
    return f"2.25.{uuid5(NAMESPACE_OID, ' '.join(('spoils', *names))).int}"
