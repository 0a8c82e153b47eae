"""A policy with a gap, a contradiction or a missing source is refused; the packaged one answers what is left open."""

import hashlib
import json
from pathlib import Path

import pytest

from spoils.decision import Policy, load_policy, policy_text
from spoils.errors import UsageError
from spoils.findings import Treatment

from .conftest import PACKAGED

PUBLISHED_SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "policy-3.json"
GAPS = {
    # left open by the published triage
    "surgical-class-without-high-score": {"surgical-not-high", "surgical-low", "surgical-refractory"},
    "conservative-class-with-high-score": {"conservative-high", "conservative-mixed"},
    "interventional-class-with-low-scores": {
        "interventional-complaint",
        "interventional-low",
        "interventional-incomplete",
    },
    "missing-scores": {
        "complaint",
        "conservative-incomplete",
        "interventional-incomplete",
        "surgical-low",
        "no-scores",
    },
    "driving-disc": {"driving_disc"},
    "cut-offs-of-high": {"scores"},
    "scores-that-disagree": {"complaint", "surgical-mixed", "conservative-mixed"},
    # not known to it
    "when-refractory": {"strata"},
    "nothing-left-to-try": {"conservative-exhausted", "after-surgery"},
    "red-flags": {"red_flags"},
    "stable-deficit": {"conservative-deficit"},
    "duration": {"duration"},
    "uncertain-grades": {"unsettled"},
    "ungraded-discs": {"driving_disc", "red_flags"},
    "what-is-urgent": {"urgency"},
}


def rule(content, rule_id):
    return next(entry for entry in content["rules"] if entry["id"] == rule_id)


def test_the_packaged_policy_reads_the_same_from_a_file(content, reload):
    assert reload(content).model_dump() == load_policy().model_dump()


def test_name_version_and_hash_of_the_file():
    policy = load_policy()
    assert (policy.name, policy.version) == ("kumar-2026-with-gaps-answered", "2.1.0")
    assert policy.sha256 == hashlib.sha256(PACKAGED.read_bytes()).hexdigest()
    assert policy_text() == PACKAGED.read_text(encoding="utf-8")


def test_the_hash_is_that_of_the_bytes_of_a_sites_file(content, tmp_path):
    path = tmp_path / "site.json"
    path.write_text(json.dumps(content, indent=7) + "\n\n", encoding="utf-8")
    assert load_policy(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert policy_text(path) == path.read_text(encoding="utf-8")
    assert Policy.model_validate(content).sha256 is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_file_in_the_encoding_of_another_system_reads_the_same(content, tmp_path, encoding):
    """Some shells write UTF-16, or a mark of order, when they redirect `spoils policy show`."""
    path = tmp_path / "site.json"
    path.write_text(json.dumps(content), encoding=encoding)
    assert load_policy(path).model_dump() == load_policy().model_dump()
    assert policy_text(path) == json.dumps(content)


def test_the_schema_is_the_published_one():
    """A change is a new format; `spoils policy show --schema` prints the file."""
    assert json.loads(PUBLISHED_SCHEMA.read_text(encoding="utf-8")) == Policy.model_json_schema()


def test_every_gap_of_the_published_rules_is_answered_with_a_reason():
    gaps = load_policy().gaps
    assert {name: set(gap.answered_by) for name, gap in gaps.items()} == GAPS
    assert all(
        gap.question.endswith("?") and gap.answer.endswith(".") and gap.reason.endswith(".") for gap in gaps.values()
    )


def test_what_is_not_published_is_marked_as_our_own_decision(content):
    answering = {name for names in GAPS.values() for name in names}
    published = {entry["id"] for entry in content["rules"] if entry["source"] == "kumar-2026"}
    assert published == {
        "surgical-high",
        "surgical-mixed",
        "interventional-complaint",
        "interventional-refractory",
        "conservative-not-high",
        "conservative-refractory",
    }
    own = {entry["id"] for entry in content["rules"]} - published
    assert own <= answering
    assert {rule(content, name)["source"] for name in own} == {"spoils"}


def test_every_rule_says_why_and_whence(content):
    assert {entry["source"] for entry in content["rules"]} == {"kumar-2026", "spoils"}
    assert all(entry["reason"].endswith(".") for entry in content["rules"])


def test_a_site_may_move_a_cut_off(content, reload):
    content["scores"]["nrs"]["bands"][2]["up_to"] = 7
    assert reload(content).nrs_score_band(7).value == "moderate"
    assert load_policy().nrs_score_band(7).value == "high"


def _as_format_2(content):
    """Write the policy as format 2 had it, with burdens for score bands."""
    old = json.dumps(content | {"format": 2})
    for name, before in {"score_band": "burden", "score_band_reason": "burden_reason"}.items():
        old = old.replace(f'"{name}":', f'"{before}":')
    return json.loads(old.replace('"score_band_source":', '"burden_source":'))


def test_a_file_of_format_2_means_the_same(content, reload):
    old = _as_format_2(content)
    assert "score_band" not in json.dumps(old)
    assert reload(old).model_dump() == load_policy().model_dump()


@pytest.mark.parametrize("scores", [None, [], {"odi": []}, {"odi": {"bands": 3}}, {"odi": {"bands": [4]}}])
def test_a_broken_file_of_format_2_is_refused_like_any_other(content, reload, scores):
    with pytest.raises(UsageError, match="can't be used: scores"):
        reload(_as_format_2(content) | {"scores": scores})


def test_the_published_schema_of_format_2_stays():
    published = PUBLISHED_SCHEMA.with_name("policy-2.json")
    assert json.loads(published.read_text(encoding="utf-8"))["properties"]["format"]["const"] == 2


@pytest.mark.parametrize(
    ("stratum", "failed", "refractory", "history"),
    [
        ("conservative", set(), False, "open"),
        ("conservative", {Treatment.DRUGS}, False, "open"),
        ("conservative", {Treatment.DRUGS, Treatment.PHYSIOTHERAPY}, False, "refractory"),
        ("conservative", set(), True, "refractory"),
        ("conservative", {Treatment.INJECTION}, False, "exhausted"),
        ("interventional", {Treatment.DRUGS, Treatment.PHYSIOTHERAPY}, False, "open"),
        ("interventional", {Treatment.INJECTION}, False, "refractory"),
        ("surgical", {Treatment.INJECTION}, False, "refractory"),
        ("surgical", {Treatment.SURGERY}, True, "exhausted"),
    ],
)
def test_what_failed_is_read_by_stratum(stratum, failed, refractory, history):
    found = next(one for one in load_policy().strata if one.name == stratum)
    assert found.history(frozenset(failed), refractory=refractory) == history


def test_without_named_treatments_only_the_user_calls_it_refractory():
    surgical = load_policy().strata[2].model_copy(update={"refractory_after": frozenset()})
    assert surgical.history(frozenset(), refractory=False) == "open"
    assert surgical.history(frozenset(), refractory=True) == "refractory"


@pytest.mark.parametrize(
    ("weeks", "name"), [(0, "acute"), (5.9, "acute"), (6, "subacute"), (12, "chronic"), (900, "chronic")]
)
def test_the_duration_has_a_name(weeks, name):
    assert load_policy().duration.band(weeks).name == name


def _drop_rule(content):
    content["rules"].remove(rule(content, "surgical-not-high"))


def _doubled_rule(content):
    content["rules"].append({**rule(content, "surgical-high"), "id": "again", "pathway": "conservative"})


def _same_id(content):
    rule(content, "surgical-mixed")["id"] = "surgical-high"


def _idle_rule(content):
    content["complaint"]["words"]["odd"] = "An odd complaint."
    idle = {**rule(content, "surgical-high"), "id": "idle", "when": {"strata": ["surgical"], "complaints": ["odd"]}}
    content["rules"].append(idle)


def _unknown_complaint(content):
    rule(content, "surgical-high")["when"]["complaints"].append("hihg")


def _taken_id(content):
    rule(content, "surgical-mixed")["id"] = "red-flag"


def _class_in_no_stratum(content):
    content["strata"][0]["classes"].remove("2L")


def _class_in_two_strata(content):
    content["strata"][0]["classes"].append("5H")


def _classes_out_of_order(content):
    content["strata"][2]["classes"] = ["3H", "4H", "4M", "5M", "5H"]


def _strata_of_one_name(content):
    content["strata"][0]["name"] = "surgical"


def _unknown_pathway(content):
    rule(content, "surgical-high")["pathway"] = "amputation"


def _pathway_without_words(content):
    del content["pathways"]["conservative"]


def _pathway_without_urgency(content):
    content["urgency"]["order"].pop()


def _unknown_source(content):
    rule(content, "surgical-high")["source"] = "hearsay"


def _falling_bands(content):
    content["scores"]["odi"]["bands"][1]["up_to"] = 20


def _band_below_the_scale(content):
    content["scores"]["nrs"]["bands"][0]["up_to"] = -1


def _lower_score_band(content):
    content["scores"]["odi"]["bands"][3]["score_band"] = "low"


def _no_moderate_band(content):
    content["scores"]["odi"]["bands"][1]["score_band"] = "low"


def _short_scale(content):
    content["scores"]["nrs"]["bands"][-1]["up_to"] = 9


def _pair_without_complaint(content):
    del content["complaint"]["by_odi_then_nrs"]["low"]["missing"]


def _level_left_out(content):
    content["driving_disc"]["level_order"].pop()


def _red_flag_without_words(content):
    del content["red_flags"]["signs"]["tumour"]


def _harmless_red_flag(content):
    content["red_flags"]["urgent"] = False


def _endless_duration_first(content):
    content["duration"]["bands"].reverse()


def _unknown_stratum_in_doubt(content):
    content["unsettled"]["review_between"].append(["conservative", "heroic"])


def _surgeon_only_for_milder_classes(content):
    """A milder class is sent to a surgeon after an unsuccessful injection; then a worse one must be as well."""
    content["strata"][2]["refractory_after"] = []


def _unanswered_gap(content):
    content["gaps"]["duration"]["answered_by"] = ["nothing"]


def _extra_key(content):
    content["note"] = "x"


def _no_version(content):
    del content["version"]


def _first_format(content):
    content["format"] = 1


@pytest.mark.parametrize(
    ("break_it", "words"),
    [
        (_drop_rule, "surgical classes, ODI low, NRS moderate, history open, no deficit: no rule"),
        (_doubled_rule, "the rules surgical-high, again"),
        (_same_id, "same id"),
        (_idle_rule, "never apply or share an id: idle"),
        (_unknown_complaint, "the rule surgical-high names what is not defined: hihg"),
        (_taken_id, "must not be called red-flag"),
        (_class_in_no_stratum, "each of 1L"),
        (_class_in_two_strata, "each of 1L"),
        (_classes_out_of_order, "class 4M is listed after 4H"),
        (_strata_of_one_name, "share a name"),
        (_unknown_pathway, "rules.0.pathway"),
        (_pathway_without_words, "pathways without words: conservative"),
        (_pathway_without_urgency, "order must hold each of"),
        (_unknown_source, "not listed: hearsay"),
        (_falling_bands, "must end above band 'minimal'"),
        (_band_below_the_scale, "band 'none' holds no score"),
        (_lower_score_band, "must not count for less"),
        (_no_moderate_band, "low, moderate and high"),
        (_short_scale, "last NRS band must end at 10"),
        (_pair_without_complaint, "ODI low and NRS missing"),
        (_level_left_out, "each of T12-L1"),
        (_red_flag_without_words, "red flags without words: tumour"),
        (_harmless_red_flag, "red_flags.urgent"),
        (_endless_duration_first, "only the last must be open"),
        (_unknown_stratum_in_doubt, "strata that are not listed: heroic"),
        (_surgeon_only_for_milder_classes, r"a worse grade is less urgent \(rule surgical-not-high, before interv"),
        (_unanswered_gap, "gaps answered by what is not there: nothing"),
        (_extra_key, "note"),
        (_no_version, "version"),
        (_first_format, "not of format 2 or 3"),
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


_TOO_DEEP = b"[" * 100_000


@pytest.mark.parametrize("content", [b"{", b"\xff\xfe\x00", _TOO_DEEP, b'{"version": "1.0.0", "version": "2.0.0"}'])
def test_not_json_or_a_key_twice(tmp_path, content):
    path = tmp_path / "policy.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="not JSON text in which each key stands once"):
        load_policy(path)
