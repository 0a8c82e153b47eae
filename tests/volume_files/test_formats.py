"""Files of volumes, read and written as SimpleITK does: every voxel, every position, and no more than is there."""

import bz2
import gzip
import struct
import zlib
from io import BytesIO
from itertools import product

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its customary name
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from spoils.spatial import Grid
from spoils.volume_files import SUFFIXES, CutOffVolume, DamagedVolume, open_volume, volume_bytes
from spoils.volume_files.nifti import _VERSION_2

RAMP = np.arange(60, dtype="<i2").tobytes()
KINDS = ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8")


def peer(content, suffix, tmp_path):
    """Return what SimpleITK makes of a file, or None."""
    path = tmp_path / f"volume{suffix}"
    path.write_bytes(content)
    try:
        return sitk.ReadImage(str(path))
    except RuntimeError:
        return None


def read(content, suffix):
    volume = open_volume(BytesIO(content), suffix)
    return volume, volume.read()


def assert_as_peer(content, suffix, tmp_path):
    image = peer(content, suffix, tmp_path)
    assert image is not None
    volume, values = read(content, suffix)
    assert (volume.size, volume.components) == (image.GetSize(), image.GetNumberOfComponentsPerPixel())
    expected = sitk.GetArrayFromImage(image)
    assert values.dtype == expected.dtype
    assert np.array_equal(values, expected)
    np.testing.assert_allclose(volume.spacing_mm, image.GetSpacing(), rtol=1e-6)
    np.testing.assert_allclose(volume.origin_mm, image.GetOrigin(), rtol=1e-6)
    np.testing.assert_allclose(volume.axes.T.ravel(), image.GetDirection(), atol=1e-7)


def nifti(voxels=RAMP, order="<", **changed):
    """A NIfTI-1 file of 5 x 4 x 3 voxels; every field can be changed."""
    fields = {
        "dim": (3, 5, 4, 3, 1, 1, 1, 1),
        "intent": (0,),
        "datatype": (4,),
        "bitpix": (16,),
        "pixdim": (1, 2, 3, 4, 1, 1, 1, 1),
        "offset": (352,),
        "slope": (1, 0),
        "codes": (1, 0),
        "quaternion": (0, 0, 0),
        "q_offset": (10, 20, 30),
        "sform": (-2, 0, 0, 11, 0, 3, 0, 22, 0, 0, 4, 33),
    } | changed
    places = {"dim": ("8h", 40), "intent": ("h", 68), "datatype": ("h", 70), "bitpix": ("h", 72), "pixdim": ("8f", 76),
              "offset": ("f", 108), "slope": ("2f", 112), "codes": ("2h", 252), "quaternion": ("3f", 256),
              "q_offset": ("3f", 268), "sform": ("12f", 280)}  # fmt: skip
    header = bytearray(352)
    struct.pack_into(f"{order}i", header, 0, 348)
    for name, (form, place) in places.items():
        struct.pack_into(order + form, header, place, *fields[name])
    header[123] = changed.get("units", 2)
    header[344:348] = changed.get("magic", b"n+1\0")
    return bytes(header) + voxels


def metaimage(*lines, voxels=RAMP, kind="MET_SHORT"):
    return (
        "\n".join(
            ("NDims = 3", *lines, "DimSize = 5 4 3", f"ElementType = {kind}", "ElementDataFile = LOCAL", "")
        ).encode()
        + voxels
    )


def nrrd(*lines, voxels=RAMP, kind="short", encoding="raw"):
    head = (
        "NRRD0004",
        "# comment",
        f"type: {kind}",
        "dimension: 3",
        "sizes: 5 4 3",
        "endian: little",
        f"encoding: {encoding}",
    )
    return "\n".join((*head, *lines, "", "")).encode() + voxels


@pytest.mark.parametrize("codes", [*product((0, 1, 2, 3), (0, 1, 2, 4))])
def test_nifti_orientations_are_preferred_as_itk_does(codes, tmp_path):
    assert_as_peer(nifti(codes=codes), ".nii", tmp_path)


@pytest.mark.parametrize(
    "changed",
    [
        {"pixdim": (-1, 2, 3, 4, 1, 1, 1, 1)},
        {"pixdim": (0, 2, 3, 4, 1, 1, 1, 1)},
        {"pixdim": (1, 0, 3, 4, 1, 1, 1, 1)},
        {"quaternion": (0.5, 0.5, 0.5)},
        {"quaternion": (0.9, 0.9, 0.5)},
        {"dim": (4, 5, 4, 3, 1, 1, 1, 1)},
        {"dim": (3, 1, 4, 15, 1, 1, 1, 1)},
        {"dim": (3, 15, 4, 1, 1, 1, 1, 1)},
        {"codes": (0, 2), "sform": (-1, 0, 0, 11, 0, 1, 0, 22, 0, 0, 1, 33)},
        {"slope": (2, 0)},
        {"slope": (0, 5)},
        {"slope": (0.1, -3.3)},
        {"slope": (float("nan"), 0)},
        {"units": 1},
        {"units": 3},
        {"units": 10},
        {"offset": (400,), "voxels": bytes(48) + RAMP},
        {"voxels": RAMP + b"behind"},
        {"order": ">", "voxels": np.arange(60, dtype=">i2").tobytes()},
    ],
    ids=lambda changed: str(sorted(changed.items()))[:60],
)
def test_nifti_headers_are_read_as_itk_does(changed, tmp_path):
    assert_as_peer(nifti(**changed), ".nii", tmp_path)
    assert_as_peer(gzip.compress(nifti(**changed)), ".nii.gz", tmp_path)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("slope", [(1, 0), (0.25, 7)])
def test_nifti_types(kind, slope, tmp_path):
    code = {"u1": 2, "i2": 4, "i4": 8, "f4": 16, "f8": 64, "i1": 256, "u2": 512, "u4": 768, "i8": 1024, "u8": 1280}[
        kind
    ]
    voxels = np.random.default_rng(0).integers(0, 256, 60 * np.dtype(kind).itemsize).astype("u1")
    if kind[0] == "f":
        voxels = np.random.default_rng(0).normal(size=60).astype(kind)
    stored = (code,), (8 * np.dtype(kind).itemsize,)
    assert_as_peer(nifti(voxels.tobytes(), datatype=stored[0], bitpix=stored[1], slope=slope), ".nii", tmp_path)


def test_nifti_2_holds_the_same(tmp_path):
    plain = nifti(codes=(1, 1))
    header = bytearray(544)
    struct.pack_into("<i", header, 0, 540)
    written = {
        "magic": (b"n+2\0",),
        "datatype": (4,),
        "dim": (3, 5, 4, 3, 1, 1, 1, 1),
        "pixdim": (1, 2, 3, 4, 1, 1, 1, 1),
        "vox_offset": (544,),
        "slope": (1, 0),
        "codes": (1, 1),
        "quaternion": (0, 0, 0),
        "q_offset": (10, 20, 30),
        "sform": (-2, 0, 0, 11, 0, 3, 0, 22, 0, 0, 4, 33),
        "units": (2,),
        "intent_code": (0,),
    }
    for name, values in written.items():
        struct.pack_into(f"<{_VERSION_2[name][0]}", header, _VERSION_2[name][1], *values)
    (one, one_values), (two, two_values) = read(plain, ".nii"), read(bytes(header) + RAMP, ".nii")
    assert np.array_equal(one_values, two_values)
    assert (one.size, one.spacing_mm, one.origin_mm) == (two.size, two.spacing_mm, two.origin_mm)
    assert np.array_equal(one.axes, two.axes)


@pytest.mark.parametrize(
    ("content", "size", "components"),
    [
        (nifti(RAMP * 2, dim=(4, 5, 4, 3, 2, 1, 1, 1)), (5, 4, 3, 2), 1),
        (nifti(RAMP * 2, dim=(5, 5, 4, 3, 1, 2, 1, 1), intent=(1007,)), (5, 4, 3), 2),
        (nifti(RAMP * 2, dim=(2, 5, 4, 1, 1, 1, 1, 1)), (5, 4), 1),
        (nifti(RAMP * 2, datatype=(128,), bitpix=(24,)), (5, 4, 3), 3),
        (nifti(RAMP * 2, datatype=(2304,), bitpix=(32,)), (5, 4, 3), 4),
    ],
)
def test_more_axes_and_colours_are_counted_as_itk_does(content, size, components, tmp_path):
    image, (volume, values) = peer(content, ".nii", tmp_path), read(content, ".nii")
    assert (volume.size, volume.components) == (size, components)
    assert (image.GetSize(), image.GetNumberOfComponentsPerPixel()) == (size, components)
    assert np.array_equal(values, sitk.GetArrayFromImage(image))


@pytest.mark.parametrize(
    "lines",
    [
        (),
        ("TransformMatrix = 0 1 0 0 0 -1 1 0 0", "Offset = 1 2 3", "ElementSpacing = 2 3 4"),
        ("Rotation = 0 1 0 0 0 -1 1 0 0", "Position = 1 2 3", "ElementSize = 2 3 4"),
        ("Orientation = 0 1 0 0 0 -1 1 0 0", "Origin = 1 2 3"),
        ("ElementSize = 2 3 4", "ElementSpacing = 5 6 7"),
        ("ElementSpacing = 2 -3 4",),
        ("BinaryDataByteOrderMSB = False", "ElementByteOrderMSB = True"),
        ("BinaryDataByteOrderMSB = True",),
        ("ModelName = some: thing = x", "AnatomicalOrientation = LPS"),
        ("ElementToIntensityFunctionSlope = 2",),
    ],
)
def test_metaimage_headers_are_read_as_itk_does(lines, tmp_path):
    assert_as_peer(metaimage(*lines), ".mha", tmp_path)
    packed = zlib.compress(RAMP)
    more = ("CompressedData = True", f"CompressedDataSize = {len(packed)}")
    assert_as_peer(metaimage(*lines, *more, voxels=packed), ".mha", tmp_path)
    assert_as_peer(metaimage(*lines, "HeaderSize = -1"), ".mha", tmp_path)


@pytest.mark.parametrize(
    "kind",
    [*(sign + name for name in ("CHAR", "SHORT", "INT", "LONG", "LONG_LONG") for sign in ("", "U")), "FLOAT", "DOUBLE"],
)
def test_metaimage_types(kind, tmp_path):
    assert_as_peer(metaimage(kind=f"MET_{kind}", voxels=bytes(range(1, 121)) * 4), ".mha", tmp_path)


POSITION = ("space directions: (0,2,0) (0,0,-3) (4,0,0)", "space origin: (1,2,3)")


@pytest.mark.parametrize(
    "lines",
    [
        (),
        *(
            (f"space: {space}", *POSITION)
            for space in ("LPS", "left-posterior-superior", "RAS", "right-anterior-superior", "LAS", "scanner-xyz")
        ),
        ("space dimension: 3", *POSITION),
        ("space: LPS", "space directions: (0,2,0) (0,1.2,-3) (4,0,0)"),
        ("space: LPS", "space origin: (1,2,3)"),
        ("spacings: 2 3 4",),
        ("spacings: 2 nan 4",),
        ("spacings: 2 3 4", "axis mins: 1 2 3"),
        ("axis mins: 1 2 3", "axis maxs: 5 6 7"),
        ("kinds: domain domain domain", "key:=value", "content: text", 'units: "mm" "mm" "mm"'),
    ],
)
def test_nrrd_headers_are_read_as_itk_does(lines, tmp_path):
    assert_as_peer(nrrd(*lines), ".nrrd", tmp_path)
    assert_as_peer(nrrd(*lines, voxels=gzip.compress(RAMP), encoding="gzip"), ".nrrd", tmp_path)
    text = " ".join(map(str, range(60))).encode()
    assert_as_peer(nrrd(*lines, voxels=text, encoding="ascii"), ".nrrd", tmp_path)


@pytest.mark.parametrize(
    ("line", "before"), [("byte skip: 4", b"abcd"), ("byte skip: -1", b"abcd"), ("line skip: 1", b"abcd\n")]
)
def test_nrrd_skips_what_stands_before_the_voxels(line, before, tmp_path):
    assert_as_peer(nrrd(line, voxels=before + RAMP), ".nrrd", tmp_path)


@pytest.mark.parametrize(
    "kind",
    [
        "signed char",
        "uchar",
        "short int",
        "unsigned short",
        "int",
        "uint32",
        "long long int",
        "uint64",
        "float",
        "double",
    ],
)
def test_nrrd_types(kind, tmp_path):
    assert_as_peer(nrrd(kind=kind, voxels=bytes(range(1, 121)) * 4), ".nrrd", tmp_path)


@pytest.mark.parametrize(
    ("kinds", "sizes", "size", "components"),
    [
        ("vector domain domain domain", "3 5 4 3", (5, 4, 3), 3),
        ("domain domain domain list", "5 4 3 2", (5, 4, 3), 2),
        ("domain domain domain time", "5 4 3 2", (5, 4, 3, 2), 1),
    ],
)
def test_nrrd_axes_of_values_are_told_from_axes_of_space(kinds, sizes, size, components, tmp_path):
    content = nrrd(f"kinds: {kinds}", voxels=RAMP * 3).replace(b"dimension: 3", b"dimension: 4")
    content = content.replace(b"sizes: 5 4 3", f"sizes: {sizes}".encode())
    image, (volume, values) = peer(content, ".nrrd", tmp_path), read(content, ".nrrd")
    assert (volume.size, volume.components) == (size, components)
    assert (image.GetSize(), image.GetNumberOfComponentsPerPixel()) == (size, components)
    assert np.array_equal(values, sitk.GetArrayFromImage(image))


def test_metaimage_channels_are_the_last_axis(tmp_path):
    assert_as_peer(metaimage("ElementNumberOfChannels = 2", voxels=RAMP + RAMP), ".mha", tmp_path)


DAMAGED = {
    ".nii": [
        b"",
        b"abc",
        nifti()[:300],
        nifti()[:-1],
        nifti(magic=b"ni1\0"),
        nifti(magic=b"abc\0"),
        nifti(codes=(0, 2), sform=(0,) * 12),
        nifti(codes=(0, 1), sform=(float("nan"), 0, 0, 11, 0, 3, 0, 22, 0, 0, 4, 33)),
        nifti(quaternion=(float("nan"), 0, 0)),
        nifti(dim=(0, 5, 4, 3, 1, 1, 1, 1)),
        nifti(dim=(9, 5, 4, 3, 1, 1, 1, 1)),
        nifti(dim=(3, 5, -4, 3, 1, 1, 1, 1)),
        nifti(datatype=(1536,)),
        nifti(datatype=(1,)),
        nifti(offset=(0,)),
        nifti(offset=(float("nan"),)),
        nifti(offset=(1e30,)),
        gzip.compress(nifti())[:-30],
        gzip.compress(nifti())[:-8] + b"no check",
        gzip.compress(nifti())[:20],
    ],
    ".mha": [
        b"",
        metaimage()[:40],
        metaimage(voxels=RAMP[:-1]),
        metaimage().replace(b"LOCAL", b"other.raw"),
        metaimage().replace(b"DimSize = 5 4 3", b"DimSize = 5 0 3"),
        metaimage().replace(b"DimSize = 5 4 3", b"DimSize = 5 4"),
        metaimage().replace(b"DimSize = 5 4 3", b"DimSize = a b c"),
        metaimage("ElementSpacing = 0 3 4"),
        metaimage("ElementSpacing = 2 3"),
        metaimage("Offset = 1 2 nan"),
        metaimage("TransformMatrix = 1 0 0 0 1 0"),
        metaimage("ElementNumberOfChannels = many"),
        metaimage("ElementNumberOfChannels = 0"),
        metaimage().replace(b"NDims = 3", b"NDims = 99"),
        metaimage().replace(b"LOCAL", b"%n%n%s%s 1 100 1"),
        metaimage("BinaryData = False"),
        metaimage("HeaderSize = 4"),
        metaimage("CompressedData = True", voxels=RAMP),
        metaimage("CompressedData = True", voxels=zlib.compress(RAMP)[:-20]),
        metaimage("CompressedData = True", voxels=zlib.compress(RAMP[:-2])),
        metaimage(kind="MET_STRING"),
        b"just a line\n" * 300,
        b"Key = value\n" * 300,
        b"K" * 10000,
    ],
    ".nrrd": [
        b"",
        nrrd()[:30],
        nrrd(voxels=RAMP[:-1]),
        nrrd("data file: other.raw"),
        nrrd("datafile: other.raw"),
        nrrd("space: LPS", "space directions: (0,2,0) none (4,0,0)"),
        nrrd("space: LPS", "space directions: (0,2,0) (4,0,0)"),
        nrrd("space: LPS", "space directions: (0,2,0) (0,x,0) (4,0,0)"),
        nrrd("space: LPS", "space origin: (1,2,3)", "spacings: 2 3 4"),
        nrrd("spacings: 2 -3 4"),
        nrrd("not a field"),
        nrrd().replace(b"sizes: 5 4 3", b"sizes: 5 4"),
        nrrd().replace(b"sizes: 5 4 3", b"sizes: 5 -4 3"),
        nrrd().replace(b"endian: little\n", b""),
        nrrd().replace(b"NRRD0004", b"NRRD"),
        nrrd(kind="block"),
        nrrd(encoding="bzip2", voxels=bz2.compress(RAMP)),
        nrrd(encoding="gzip", voxels=gzip.compress(RAMP)[:-30]),
        nrrd(encoding="gzip", voxels=zlib.compress(RAMP)),
        nrrd(encoding="ascii", voxels=b"1 2 3"),
        nrrd(encoding="ascii", voxels=b"x " * 60),
        nrrd("byte skip: many"),
    ],
}


@pytest.mark.parametrize(
    ("suffix", "content"),
    [pytest.param(suffix, one, id=f"{suffix}-{n}") for suffix, some in DAMAGED.items() for n, one in enumerate(some)],
)
def test_damaged_files_are_refused(suffix, content):
    with pytest.raises(DamagedVolume):
        read(content, suffix)


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".nii", nifti()[:-1]),
        (".nii.gz", gzip.compress(nifti())[:-30]),
        (".mha", metaimage(voxels=RAMP[:-1])),
        (".mha", metaimage("CompressedData = True", voxels=zlib.compress(RAMP)[:-20])),
        (".nrrd", nrrd(voxels=RAMP[:-1])),
        (".nrrd", nrrd(encoding="ascii", voxels=b"1 2 3")),
    ],
)
def test_files_that_end_too_soon_are_told_from_others(suffix, content):
    with pytest.raises(CutOffVolume):
        read(content, suffix)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_no_file_breaks_the_reader(data):
    """Whatever bytes are changed: a volume or ``DamagedVolume``, and no voxels beyond those that the file holds."""
    suffix = data.draw(st.sampled_from((".nii", ".mha", ".nrrd")))
    content = bytearray(
        {".nii": nifti(), ".mha": metaimage("CompressedData = False"), ".nrrd": nrrd(*POSITION)}[suffix]
    )
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[place] = data.draw(st.integers(0, 255))
    try:
        volume = open_volume(BytesIO(bytes(content)), suffix)
        values = volume.read()
    except DamagedVolume:
        return
    assert values.nbytes <= 8 * len(content)


def test_a_bomb_is_not_inflated_beyond_its_voxels():
    bomb = metaimage("CompressedData = True", voxels=zlib.compress(bytes(10**8), 9))
    assert not read(bomb, ".mha")[1].any()
    assert not read(gzip.compress(nifti(bytes(10**7))), ".nii.gz")[1].any()


GRIDS = [
    Grid.from_axes((3, 4, 5), (4.4, 0.7, 0.35)),
    Grid.from_axes((3, 4, 5), (1.0, 2.0, 3.0), ((0, 0, 1), (0, 1, 0), (1, 0, 0)), (-7.5, 0.1, 1e3)),
    Grid.from_axes((3, 4, 5), (3.3, 0.5, 0.6), ((0, 0, 1), (0, 1, 0), (-1, 0, 0)), (1, 2, 3)),
    *(
        Grid.from_axes((3, 4, 5), (3.3, 0.5123, 0.6), Rotation.random(random_state=seed).as_matrix(), (-100.123, 20, 3))
        for seed in range(6)
    ),
]


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("kind", ["u1", "f4"])
def test_what_is_written_is_read_by_both(suffix, grid, kind, tmp_path):
    values = np.random.default_rng(1).integers(0, 14, grid.shape).astype(kind)
    content = volume_bytes(values, grid, suffix)
    assert content == volume_bytes(np.asfortranarray(values), grid, suffix)
    volume, back = read(content, suffix)
    assert back.dtype == np.dtype(kind)
    assert np.array_equal(back, values)
    again = Grid.from_axes(grid.shape, volume.spacing_mm[::-1], volume.axes[::-1], volume.origin_mm)
    np.testing.assert_allclose(again.affine, grid.affine, rtol=1e-6, atol=1e-5)
    image = peer(content, suffix, tmp_path)
    assert np.array_equal(sitk.GetArrayFromImage(image), values)
    np.testing.assert_allclose(image.GetSpacing(), grid.spacing_mm[::-1], rtol=1e-6)
    np.testing.assert_allclose(image.GetOrigin(), grid.affine[:3, 3], rtol=1e-6)
    np.testing.assert_allclose(np.reshape(image.GetDirection(), (3, 3)).T[::-1], grid.axes, atol=1e-6)


@pytest.mark.parametrize("grid", GRIDS)
def test_both_orientations_of_a_nifti_say_the_same(grid):
    content = bytearray(volume_bytes(np.zeros(grid.shape, "u1"), grid, ".nii"))
    by_matrix = open_volume(BytesIO(bytes(content)), ".nii")
    struct.pack_into("<h", content, 254, 0)
    by_quaternion = open_volume(BytesIO(bytes(content)), ".nii")
    np.testing.assert_allclose(by_quaternion.axes, by_matrix.axes, atol=1e-6)
    assert by_quaternion.origin_mm == by_matrix.origin_mm


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_types_that_a_format_lacks_are_refused(suffix):
    with pytest.raises(ValueError, match="complex64"):
        volume_bytes(np.zeros((3, 4, 5), np.complex64), GRIDS[0], suffix)
