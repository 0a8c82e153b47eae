"""Files of volumes: NIfTI, MetaImage and NRRD, read from and written to bytes. They know voxels and positions alone."""

from spoils.volume_files.formats import SUFFIXES, open_volume, volume_bytes
from spoils.volume_files.volume import CutOffVolume, DamagedVolume, Volume

__all__ = ["SUFFIXES", "CutOffVolume", "DamagedVolume", "Volume", "open_volume", "volume_bytes"]
