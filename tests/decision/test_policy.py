"""A policy with a gap, a contradiction or a missing source is refused."""

import json
from importlib import resources

import pytest

from spoils.decision import load_policy
from spoils.errors import UsageError


@pytest.fixture
def content():
    return json.loads((resources.files("spoils.decision") / "policy.json").read_text(encoding="utf-8"))


@pytest.fixture
def reload(tmp_path):
    def _reload(content):
        path = tmp_path / "site.json"
        path.write_text(json.dumps(content), encoding="utf-8")
        return load_policy(path)

    return _reload


def rule(content, rule_id):
    return next(entry for entry in content["rules"] if entry["id"] == rule_id)


def test_the_packaged_policy_reads_the_same_from_a_file(content, reload):
    assert reload(content) == load_policy()


def test_a_site_may_move_a_cut_off(content, reload):
    content["scores"]["nrs"]["bands"][2]["up_to"] = 7
    assert reload(content).nrs_burden(7).value == "moderate"
    assert load_policy().nrs_burden(7).value == "high"


def test_every_rule_says_why_and_whence(content):
    assert {entry["source"] for entry in content["rules"]} == {"kumar-2026", "spoils"}
    assert all(entry["reason"].endswith(".") for entry in content["rules"])


def _drop_rule(content):
    content["rules"].remove(rule(content, "surgical-not-high"))


def _doubled_rule(content):
    content["rules"].append({**rule(content, "surgical-high"), "id": "again", "pathway": "conservative"})


def _same_id(content):
    rule(content, "surgical-mixed")["id"] = "surgical-high"


def _idle_rule(content):
    idle = {**rule(content, "surgical-high"), "id": "idle", "when": {"strata": ["surgical"], "complaints": ["odd"]}}
    content["rules"].append(idle)


def _class_in_no_stratum(content):
    content["strata"][0]["classes"].remove("2L")


def _class_in_two_strata(content):
    content["strata"][0]["classes"].append("5H")


def _unknown_pathway(content):
    rule(content, "surgical-high")["pathway"] = "amputation"


def _pathway_without_words(content):
    del content["pathways"]["conservative"]


def _unknown_source(content):
    rule(content, "surgical-high")["source"] = "hearsay"


def _falling_bands(content):
    content["scores"]["odi"]["bands"][1]["up_to"] = 20


def _lighter_burden(content):
    content["scores"]["odi"]["bands"][3]["burden"] = "low"


def _short_scale(content):
    content["scores"]["nrs"]["bands"].pop()


def _pair_without_complaint(content):
    del content["complaint"]["by_odi_then_nrs"]["low"]["missing"]


def _level_left_out(content):
    content["driving_disc"]["level_order"].pop()


def _extra_key(content):
    content["note"] = "x"


def _no_version(content):
    del content["version"]


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (_drop_rule, "surgical classes, ODI low, NRS low, not refractory: no rule"),
        (_doubled_rule, "the rules surgical-high, again"),
        (_same_id, "same id"),
        (_idle_rule, "never apply or share an id: idle"),
        (_class_in_no_stratum, "each of 1L"),
        (_class_in_two_strata, "each of 1L"),
        (_unknown_pathway, "rules.0.pathway"),
        (_pathway_without_words, "pathways without words: conservative"),
        (_unknown_source, "not listed: hearsay"),
        (_falling_bands, "must end above band 'minimal'"),
        (_lighter_burden, "must not weigh less"),
        (_short_scale, "last NRS band must end at 10"),
        (_pair_without_complaint, "ODI low and NRS missing"),
        (_level_left_out, "each of T12-L1"),
        (_extra_key, "note"),
        (_no_version, "version"),
    ],
)
def test_a_broken_policy_is_refused_in_one_sentence(content, reload, break_it, words):
    break_it(content)
    with pytest.raises(UsageError, match=words) as caught:
        reload(content)
    assert "\n" not in str(caught.value)
    assert "site.json" in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(UsageError, match=r"none\.json can't be read"):
        load_policy(tmp_path / "none.json")


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe\x00"])
def test_not_json(tmp_path, content):
    path = tmp_path / "policy.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not JSON"):
        load_policy(path)
