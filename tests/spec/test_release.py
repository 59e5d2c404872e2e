"""Two pairs of eyes: who may do what, in which order, and what stops a release."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from release_desk import RELEASE, Desk, finding, open_desk, run_of

from evaluatie.errors import AgreementError, DeclarationError, ReleaseError
from evaluatie.register import Kind, append, published_frames, read_register, verify
from evaluatie.release.built import built_files
from evaluatie.release.history import verify_history
from evaluatie.release.labels import read_label
from evaluatie.release.people import account, load_people
from evaluatie.release.state import Stage, request_called
from evaluatie.reports.slice import read_slice

NAME = run_of().name


@pytest.fixture
def desk(tmp_path, monkeypatch) -> Desk:
    opened = open_desk(tmp_path, monkeypatch)
    opened.make(run_of())
    return opened


def stage(desk: Desk, ident: str = "r0001") -> Stage:
    return request_called(read_register(desk.folder), ident).stage(load_people(desk.study))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# ------------------------------------------------------------------------------ the whole way


def test_a_request_with_two_approvals_by_others_is_published(desk):
    asked = desk.request(run_of())
    assert asked.content["request"] == "r0001"
    assert stage(desk) is Stage.OPEN
    desk.review("bob")
    assert stage(desk) is Stage.OPEN
    desk.review("cas")
    assert stage(desk) is Stage.APPROVED
    entry = desk.publish()
    assert stage(desk) is Stage.PUBLISHED
    assert entry.content["approved_by"] == ["bob", "cas"]
    home = desk.folder / "r0001"
    assert (home / "files" / NAME / f"{NAME}.html").read_text() == desk.frozen().read_text()
    assert [e.kind for e in read_register(desk.folder).entries] == [
        "request", "review", "review", "publish",
    ]  # fmt: skip
    assert verify_history(desk.study).head == entry.digest


def test_the_manifest_lists_every_file_with_digest_size_and_label(desk):
    desk.release(run_of())
    home = desk.folder / "r0001"
    manifest = json.loads((home / "MANIFEST.json").read_text())
    assert [file["file"] for file in manifest["files"]] == [
        f"{NAME}/{NAME}.html", f"{NAME}/run.json",
    ]  # fmt: skip
    for file in manifest["files"]:
        assert file["size"] == (home / "files" / file["file"]).stat().st_size
        assert file["label"] == "public"
    assert read_label(home / "MANIFEST.json") == "public"
    assert read_label(home / "published.parquet") == "public"


def test_the_rows_known_afterwards_are_those_of_the_slices(desk):
    other = desk.make(run_of(audience="insurer"), value=2.5)
    desk.release(run_of(), other)
    (frame,) = published_frames(desk.folder, synthetic=False)
    assert set(frame["release"]) == {"r0001"}
    for run in (run_of(), other):
        rows = read_slice(desk.prepared.slices[run.name]).estimates
        known = frame[frame["run"] == run.name]
        assert known["estimate"].tolist() == rows["estimate"].tolist()
        assert known["id"].tolist() == rows["id"].tolist()


def test_the_audit_sees_the_frozen_files_and_runs_again_before_publication(desk):
    desk.release(run_of())
    assert len(desk.audited) == 2
    assert desk.audited[0].parent.name.startswith(".new-request-")
    assert desk.audited[1] == desk.folder / "requests" / "r0001" / "files"


def test_requests_are_private_and_kept_out_of_version_control(desk):
    desk.release(run_of())
    request = desk.folder / "requests" / "r0001"
    assert {mode(p) for p in request.rglob("*") if p.is_file()} == {0o600}
    assert {mode(p) for p in (request, request / "files", request.parent)} == {0o700}
    assert "/requests/" in (desk.folder / ".gitignore").read_text().split()
    assert mode(desk.folder / "r0001" / "files" / NAME / f"{NAME}.html") == 0o644
    assert not list(desk.folder.rglob(".new-*"))


def test_a_restricted_release_is_private_too(desk):
    one = desk.make(run_of("secret", provider="P1"), label="restricted")
    entry = desk.release(one)
    assert (entry.content["sensitivity"], entry.content["reader"]) == ("restricted", "town P1")
    home = desk.folder / "r0001"
    assert mode(home / "files" / one.name / f"{one.name}.html") == 0o600
    assert mode(home) == 0o700
    assert "/files/" in (home / ".gitignore").read_text().split()
    verify(desk.folder)


def test_a_folder_shared_with_a_group_is_open_to_that_group_alone(desk):
    desk.folder.mkdir()
    desk.folder.chmod(0o2775)  # what `chmod g+ws releases` does
    desk.release(run_of())
    request = desk.folder / "requests" / "r0001"
    assert {mode(p) for p in request.rglob("*") if p.is_file()} == {0o640}
    assert {mode(p) for p in (request, request / "files", request.parent)} == {0o2770}
    assert {mode(desk.folder / n) for n in ("register.jsonl", "head.json")} == {0o664}
    assert mode(desk.folder / ".lock") == 0o660


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="becomes other users")
@pytest.mark.parametrize(("shared", "outcome"), [(False, "may not use .lock"), (True, "")])
def test_reviewers_work_under_accounts_of_their_own(desk, shared, outcome):
    owner, reviewer, group = 4001, 4002, 5000
    desk.folder.mkdir()
    for path in [desk.finished.parent, *desk.finished.parent.rglob("*")]:
        os.chown(path, owner, group)
    desk.folder.chmod(0o2775 if shared else 0o755)
    for folder in desk.folder.parents[:6]:
        if folder.stat().st_mode & 0o1000:
            break
        folder.chmod(folder.stat().st_mode | 0o055)
    assert _as(owner, group, lambda: desk.request(run_of())) == ""
    assert outcome in _as(reviewer, group, lambda: desk.review("bob"))
    assert len(read_register(desk.folder).entries) == (2 if shared else 1)


def _as(user: int, group: int, act) -> str:
    """Do something as another user in a process of its own; return what it was told."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        said = ""
        try:
            os.setgroups([group])
            os.setgid(group)
            os.setuid(user)
            act()
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        finally:
            os.write(writer, said.encode())
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)
    with os.fdopen(reader) as told:
        return told.read()


# ------------------------------------------------------------------------------ who may what


def test_who_asks_cannot_review(desk):
    desk.request(run_of())
    with pytest.raises(ReleaseError, match="'ann' made request r0001 and cannot review it"):
        desk.review("ann")


def test_one_reviewer_counts_once(desk):
    desk.request(run_of())
    desk.review("bob")
    with pytest.raises(ReleaseError, match="'bob' already reviewed request r0001"):
        desk.review("bob")
    with pytest.raises(ReleaseError, match="has 1 of the 2 approvals"):
        desk.publish()


def test_somebody_not_declared_or_not_for_this_task_is_refused(desk):
    with pytest.raises(ReleaseError, match="there is nobody called 'eve'"):
        desk.request(run_of(), by="eve")
    with pytest.raises(ReleaseError, match="'cas' may not request") as caught:
        desk.request(run_of(), by="cas")
    assert "Allowed: ann, bob." in str(caught.value)
    desk.request(run_of())
    with pytest.raises(ReleaseError, match="'cas' may not publish"):
        desk.publish("cas")
    assert len(read_register(desk.folder).entries) == 1


def test_one_account_cannot_be_two_people(desk):
    desk.request(run_of())
    with pytest.raises(ReleaseError, match="already recorded something as 'ann'"):
        desk.review("bob", account="account of ann")
    desk.review("bob")
    with pytest.raises(ReleaseError, match="already recorded something as 'bob'"):
        desk.review("cas", account="account of bob")
    desk.declare(shared_account="one workstation in the closed room of the university")
    desk.review("cas", account="account of ann")
    assert stage(desk) is Stage.APPROVED


def test_the_register_holds_no_name_of_an_account(desk):
    desk.account = "j.jansen"
    known = account(desk.study)
    desk.account = "p.pietersen"
    assert account(desk.study) != known
    desk.release(run_of())
    told = (desk.folder / "register.jsonl").read_text()
    assert "account of" not in told
    assert "jansen" not in told


def test_a_rejection_says_why_and_ends_the_request(desk):
    desk.request(run_of())
    with pytest.raises(ReleaseError, match="a rejection says why"):
        desk.review("bob", decision="reject")
    desk.review("bob", decision="reject", note="a figure names a street")
    assert stage(desk) is Stage.REJECTED
    with pytest.raises(ReleaseError, match="was rejected: it takes no more reviews"):
        desk.review("cas")
    with pytest.raises(ReleaseError, match="was rejected"):
        desk.publish()
    assert desk.request(run_of()).content["request"] == "r0002"


def test_a_reviewer_who_lost_the_task_no_longer_counts(desk):
    desk.request(run_of())
    desk.review("bob")
    desk.review("cas")
    desk.declare(people=[p | {"may": ["publish"]} if p["id"] == "cas" else p
                         for p in RELEASE["people"]])  # fmt: skip
    with pytest.raises(ReleaseError, match="has 1 of the 2 approvals"):
        desk.publish()


def test_a_later_request_can_need_more_approvals_and_never_fewer(desk):
    desk.declare(reviews=3)
    desk.request(run_of())
    desk.declare(reviews=2)
    desk.review("bob")
    desk.review("cas")
    with pytest.raises(ReleaseError, match="has 2 of the 3 approvals"):
        desk.publish()
    desk.review("dot")
    desk.publish()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"reviews": 1}, "greater than or equal to 2"),
        ({"reviews": 4}, "could never be published"),
        ({"people": RELEASE["people"][:2]}, "at least 3"),
        ({"people": [*RELEASE["people"], RELEASE["people"][0]]}, "may occur once"),
        ({"people": [RELEASE["people"][0] | {"id": "A. Jansen"}, *RELEASE["people"][1:]]}, "match"),
    ],
)
def test_too_few_eyes_cannot_be_declared(desk, changes, words):
    desk.declare(**changes)
    with pytest.raises(DeclarationError, match=words):
        load_people(desk.study)


# ------------------------------------------------------------------------------ what may leave


@pytest.mark.parametrize(
    ("report", "label", "words"),
    [
        ("letter", None, "2 files state no sensitivity"),
        ("letter", "", "2 files state no sensitivity"),
        ("letter", "confidential", "2 files are confidential"),
        ("letter", "internal", "the label is no word for a sensitivity"),
        ("secret", "public", "lower sensitivity than their report"),
    ],
)
def test_a_file_that_does_not_say_it_may_leave_stays(desk, report, label, words):
    desk.make(run_of(report), label=label)
    with pytest.raises(ReleaseError, match=words):
        desk.request(run_of(report))
    assert read_register(desk.folder).entries == ()
    assert not list((desk.folder / "requests").glob("[!.]*"))


def test_restricted_reports_of_two_readers_do_not_go_together(desk):
    runs = [desk.make(run_of("secret", provider=p), label="restricted") for p in ("P1", "P2")]
    with pytest.raises(ReleaseError, match="this request is for town P1, town P2"):
        desk.request(*runs)
    open_to_all = desk.make(run_of(audience="insurer"))
    with pytest.raises(ReleaseError, match="goes to its own reader alone"):
        desk.request(runs[0], open_to_all)


def test_an_audit_with_findings_stops_a_request_and_says_where(desk):
    desk.findings = [finding(f"score/{i}") for i in range(12)]
    with pytest.raises(ReleaseError, match="the audit has 12 findings") as caught:
        desk.request(run_of())
    assert "derived: score/0 (from letter-town-w1-nl)" in str(caught.value)
    assert "and 2 more" in str(caught.value)
    assert read_register(desk.folder).entries == ()


def test_an_audit_with_findings_stops_a_publication_that_passed_before(desk):
    desk.request(run_of())
    desk.review("bob")
    desk.review("cas")
    desk.findings = [finding()]
    with pytest.raises(ReleaseError, match="the audit has one finding"):
        desk.publish()
    assert stage(desk) is Stage.APPROVED
    assert not (desk.folder / "r0001").exists()


def test_what_is_published_during_an_audit_makes_it_start_again(desk, monkeypatch):
    desk.request(run_of())
    other = desk.request(desk.make(run_of(audience="insurer")))
    for reviewer in ("bob", "cas"):
        desk.review(reviewer)

    real = desk.audit

    def slow(*arguments, **options):
        content = {**other.content, "release": "r0002"}  # from a machine that knows no lock
        append(desk.folder, Kind.PUBLISH, "ann", content)
        return real(*arguments, **options)

    monkeypatch.setattr(desk, "audit", slow)
    with pytest.raises(ReleaseError, match="published during the audit"):
        desk.publish()
    assert stage(desk) is Stage.APPROVED


def test_rehearsals_and_real_releases_do_not_share_a_register(desk):
    desk.prepared.synthetic = True
    assert desk.release(run_of()).content["synthetic"] is True
    assert published_frames(desk.folder, synthetic=False) == ()
    desk.prepared.synthetic = False
    with pytest.raises(ReleaseError, match="holds rehearsals with synthetic data"):
        desk.request(desk.make(run_of(audience="insurer")))
    (desk.folder).rename(desk.folder.with_name("rehearsals"))
    desk.release(run_of())
    desk.prepared.synthetic = True
    with pytest.raises(ReleaseError, match="holds releases of real data"):
        desk.request(desk.make(run_of(audience="insurer")))


def test_other_raw_data_than_at_the_request_stop_it(desk):
    desk.request(run_of())
    desk.review("bob")
    desk.review("cas")
    desk.study.raw.mkdir(parents=True)
    (desk.study.raw / "new.csv").write_text("a\n")
    with pytest.raises(ReleaseError, match="the raw data changed since the request"):
        desk.publish()


# ------------------------------------------------------------------------------ what was frozen


@pytest.mark.parametrize("step", ["review", "publish"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p: p.write_text("other"), "was changed"),
        (lambda p: p.unlink(), "is missing"),
        (lambda p: p.with_name("more.html").write_text("x"), "was added"),
        (lambda p: (p.unlink(), p.symlink_to("/etc/hostname")), "replaced by a link"),
    ],
)
def test_a_file_that_changed_after_the_request_stops_it(desk, step, change, words):
    desk.request(run_of())
    if step == "publish":
        desk.review("bob")
        desk.review("cas")
    change(desk.frozen())
    with pytest.raises(ReleaseError, match=words):
        desk.review("bob") if step == "review" else desk.publish()
    assert stage(desk) is (Stage.APPROVED if step == "publish" else Stage.OPEN)


def test_changed_rows_stop_a_publication(desk):
    desk.request(run_of())
    desk.review("bob")
    desk.review("cas")
    (desk.folder / "requests" / "r0001" / "published.parquet").write_bytes(b"")
    with pytest.raises(ReleaseError, match="frozen rows are not what was requested"):
        desk.publish()


def test_the_report_may_be_made_anew_meanwhile_what_leaves_is_what_was_seen(desk):
    desk.request(run_of())
    seen = desk.frozen().read_text()
    desk.make(run_of(), text="something else")
    desk.review("bob")
    desk.review("cas")
    desk.publish()
    published = desk.folder / "r0001" / "files" / NAME / f"{NAME}.html"
    assert published.read_text() == seen


# ------------------------------------------------------------------------------ once, for ever


def test_the_same_content_is_published_once(desk):
    desk.release(run_of())
    with pytest.raises(ReleaseError, match="was already published as r0001, with the same"):
        desk.request(run_of())
    with pytest.raises(ReleaseError, match="was already published as r0001"):
        desk.publish()
    with pytest.raises(ReleaseError, match="was published: it takes no more reviews"):
        desk.review("dot")


def test_two_requests_of_the_same_content_become_one_release(desk):
    for ident in ("r0001", "r0002"):
        desk.request(run_of())
        desk.review("bob", ident)
        desk.review("cas", ident)
    desk.publish()
    with pytest.raises(ReleaseError, match="was already published as r0001"):
        desk.publish(ident="r0002")


def test_another_content_is_a_correction_with_a_reason(desk):
    desk.release(run_of())
    desk.make(run_of(), text="2 persons", value=2)
    with pytest.raises(ReleaseError, match="published before with another content, as r0001"):
        desk.request(run_of())
    entry = desk.release(run_of(), correction="a wrong axis in figure 3")
    assert entry.content["correction"] == {"why": "a wrong axis in figure 3", "of": ["r0001"]}
    first, second = published_frames(desk.folder)  # a correction takes no knowledge back
    assert (first["estimate"].tolist(), second["estimate"].tolist()) == ([1.0], [2.0])
    verify_history(desk.study)


def test_software_that_changed_is_no_other_content(desk):
    desk.release(run_of())
    record = desk.finished / NAME / "run.json"
    record.write_text(json.dumps({"sensitivity": "public", "made": "with other software"}))
    with pytest.raises(ReleaseError, match="was already published as r0001"):
        desk.request(run_of())


def test_another_form_of_the_same_report_is_no_correction(desk):
    desk.release(run_of())
    more = desk.finished / NAME / "numbers.csv"
    more.write_text("text,sensitivity\n1,public\n")
    assert desk.release(run_of()).content["correction"] == {}


@pytest.mark.parametrize("act", ["request", "review", "publish"])
def test_tampering_is_found_before_anything_is_done(desk, act):
    desk.release(run_of())
    desk.request(desk.make(run_of(audience="insurer")))
    if act == "publish":
        desk.review("bob", "r0002")
        desk.review("cas", "r0002")
    (desk.folder / "r0001" / "files" / NAME / f"{NAME}.html").write_text("rewritten")
    before = (desk.folder / "register.jsonl").read_bytes()
    acts = {
        "request": lambda: desk.request(desk.make(run_of("letter", "other"))),
        "review": lambda: desk.review("bob", "r0002"),
        "publish": lambda: desk.publish(ident="r0002"),
    }
    with pytest.raises(ReleaseError, match=rf"r0001/files/{NAME}/{NAME}.html was changed"):
        acts[act]()
    assert (desk.folder / "register.jsonl").read_bytes() == before


def test_a_release_that_was_deleted_comes_back_from_what_was_frozen(desk, monkeypatch):
    """So does one that was interrupted between its entry and its folder."""
    entry = desk.release(run_of())
    (desk.folder / "r0001").rename(desk.study.root / "taken")
    with pytest.raises(ReleaseError, match="r0001 is missing, of entry 4"):
        verify(desk.folder)
    assert desk.publish() == entry
    assert verify(desk.folder).head == entry.digest
    for path in (desk.study.root / "taken").rglob("*"):
        if path.is_file():
            name = path.relative_to(desk.study.root / "taken")
            assert (desk.folder / "r0001" / name).read_bytes() == path.read_bytes()


def test_a_release_written_past_the_desk_is_found(desk):
    """The chain is whole, but nobody asked for the release, or nobody approved it."""
    asked = desk.request(run_of())
    content = {**asked.content, "of": asked.digest, "release": "r0001"}
    with pytest.raises(ReleaseError, match="request r0001 had 0 approvals"):
        _forged(desk, Kind.PUBLISH, "ann", content)
    with pytest.raises(ReleaseError, match="there was no request r0007 as it says"):
        _forged(desk, Kind.PUBLISH, "ann", content | {"request": "r0007"})
    own = {"request": "r0001", "of": asked.digest, "decision": "approve"}
    with pytest.raises(ReleaseError, match="'ann' made request r0001 or reviewed it before"):
        _forged(desk, Kind.REVIEW, "ann", own)


def _forged(desk: Desk, kind: Kind, by: str, content: dict) -> None:
    from evaluatie.release import history

    before = {n: (desk.folder / n).read_bytes() for n in ("register.jsonl", "head.json")}
    append(desk.folder, kind, by, content)
    check = history.verify
    history.verify = lambda folder, progress: read_register(folder)
    try:
        verify_history(desk.study)
    finally:
        history.verify = check
        for name, text in before.items():
            (desk.folder / name).write_bytes(text)


# ------------------------------------------------------------------------------ labels


def test_every_form_states_its_label_where_it_survives_copying(tmp_path):
    import zipfile

    core = "http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        text = (
            f'<cp:p xmlns:cp="{core}"><cp:keywords>x, sensitivity: restricted</cp:keywords></cp:p>'
        )
        archive.writestr("docProps/core.xml", text)
    from pypdf import PdfWriter

    writer = PdfWriter()
    writer.add_blank_page(10, 10)
    writer.add_metadata({"/Keywords": "a; sensitivity: public"})
    writer.write(tmp_path / "a.pdf")
    notebook = {"cells": [], "metadata": {"evaluatie": {"sensitivity": "public"}}}
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook))
    (tmp_path / "a.json").write_text('{"sensitivity": "confidential"}')
    (tmp_path / "a.csv").write_text("n,sensitivity\n1,public\n2,restricted\n")
    (tmp_path / "a.html").write_text('<META NAME="Sensitivity" CONTENT="public">')
    found = {path.suffix: read_label(path) for path in sorted(tmp_path.iterdir())}
    assert found == {
        ".csv": "restricted", ".docx": "restricted", ".html": "public", ".ipynb": "public",
        ".json": "confidential", ".pdf": "public",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.html", "<p>sensitivity: public</p>"),
        ("a.csv", "n\n1\n"),
        ("a.csv", "n,sensitivity\n1,public\n2,\n"),
        ("a.csv", "n,sensitivity\n"),
        ("a.json", "[]"),
        ("a.ipynb", '{"cells": [], "metadata": {"sensitivity": "public"}}'),
        ("a.txt", "sensitivity: public"),
        ("a", "public"),
    ],
)
def test_a_file_that_does_not_state_it_there_is_unlabelled(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    assert read_label(tmp_path / name) is None


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.html", '<meta name="sensitivity" content="public">'
                   '<meta name="sensitivity" content="restricted">', "2 different labels"),
        ("a.json", "{", "cannot be read"),
        ("a.pdf", "no pdf", "cannot be read"),
        ("a.docx", "no zip", "cannot be read"),
        ("a.parquet", "no parquet", "cannot be read"),
        ("a.json", '{"sensitivity": ["public"]}', "no word for a sensitivity"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_trusted_is_refused(tmp_path, name, content, words):
    (tmp_path / name).write_text(content)
    with pytest.raises(ReleaseError, match=words):
        read_label(tmp_path / name)


def test_the_shipped_declaration_is_valid():
    from evaluatie.study import default_path, open_study

    people = load_people(open_study(default_path("analysis").parent))
    assert people.reviews >= 2
    assert people.shared_account is None


def test_a_system_without_a_name_for_its_user_still_has_an_account(desk, monkeypatch):
    def unknown(_):
        raise KeyError

    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.setenv("LOGNAME", "somebody else")  # what the environment claims is not asked
    assert account(desk.study) == account(desk.study)
    monkeypatch.setattr(os, "getuid", lambda: 4321)
    assert len(account(desk.study)) == 16


def test_a_study_without_release_yml_says_what_to_do(desk):
    (desk.study.analysis / "release.yml").unlink()
    with pytest.raises(DeclarationError, match=r"release\.yml: the file does not exist"):
        desk.request(run_of())


# ------------------------------------------------------------------------------ what is taken


def finished(tmp_path, monkeypatch, *, reasons=(), exploration=False):
    """Give the release a finished report with these reasons to make it again."""
    from types import SimpleNamespace

    import nbformat

    from evaluatie.release import built

    notebook = nbformat.v4.new_notebook(metadata={"evaluatie": {"exploration": exploration}})
    nbformat.write(notebook, tmp_path / "n.ipynb")
    job = SimpleNamespace(
        run=run_of(),
        notebook=tmp_path / "n.ipynb",
        target=tmp_path,
        reasons=lambda: reasons,
        record=lambda: {"outputs": {f"{NAME}.html": "0"}},
    )
    monkeypatch.setattr(built, "jobs_of", lambda *_: (job,))
    monkeypatch.setattr(built, "read_slice", lambda _: SimpleNamespace(plan="p"))
    slices = {NAME: tmp_path}
    return SimpleNamespace(study=None, slices=slices, check=lambda run: None)


def test_what_its_record_names_is_taken_and_the_record_itself(tmp_path, monkeypatch):
    prepared = finished(tmp_path, monkeypatch)
    (tmp_path / "left.html").write_text("not of this report")
    taken = built_files(prepared, [run_of()], None, tables=False)
    assert set(taken.files) == {f"{NAME}/{NAME}.html", f"{NAME}/run.json"}
    assert taken.plan == ("p",)


def test_a_report_that_is_not_up_to_date_is_not_taken(tmp_path, monkeypatch):
    prepared = finished(tmp_path, monkeypatch, reasons=("slice", "notebook"))
    with pytest.raises(ReleaseError, match=rf"not up to date: {NAME} \(slice, notebook\)"):
        built_files(prepared, [run_of()], None, tables=False)


def test_an_exploration_is_not_taken(tmp_path, monkeypatch):
    prepared = finished(tmp_path, monkeypatch, exploration=True)
    with pytest.raises(ReleaseError, match="this notebook is an exploration"):
        built_files(prepared, [run_of()], None, tables=False)


def test_what_was_not_signed_is_not_taken(tmp_path, monkeypatch):
    prepared = finished(tmp_path, monkeypatch)

    def refuse(run):
        raise AgreementError("the agreement is still a draft")

    prepared.check = refuse
    with pytest.raises(AgreementError, match="still a draft"):
        built_files(prepared, [run_of()], None, tables=False)


def test_a_request_for_nothing_is_refused(tmp_path, monkeypatch):
    from evaluatie.release import built

    prepared = finished(tmp_path, monkeypatch)
    monkeypatch.setattr(built, "jobs_of", lambda *_: ())
    with pytest.raises(ReleaseError, match="nothing was asked for"):
        built_files(prepared, [], None, tables=False)
