"""The chain of the audit log."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from dockschedd.core import audit, people
from tests import strategies

KEYS = {"old": b"o" * 32, "new": b"n" * 32}

#: Each example is a log of several signed entries.
few = settings(max_examples=40)

#: Where the chain is at stake and not the text, short text is quicker to make.
records = st.builds(
    people.AuditRecord,
    at=strategies.instants,
    actor=strategies.names,
    origin=st.just("-"),
    action=st.just("login"),
    target=st.just("-"),
    outcome=st.sampled_from(("ok", "refused", "failed")),
    detail=st.just(""),
)


@st.composite
def logs(draw, *, min_size=1):
    """A sound log, signed with one key and then with another, and its head."""
    found = draw(st.lists(records, min_size=min_size, max_size=5))
    rotated = draw(st.integers(min_value=0, max_value=len(found)))
    head = audit.EMPTY
    entries = []
    for number, record in enumerate(found):
        key_id = "old" if number < rotated else "new"
        entry = audit.append(record, head=head, key_id=key_id, key=KEYS[key_id])
        head = entry.seq, entry.digest
        entries.append(entry)
    return entries, head


def changed(entry: people.AuditEntry, field: str) -> people.AuditEntry:
    """The entry with another value in one field of the record."""
    record = entry.record
    if field == "at":
        value = record.at.replace(microsecond=(record.at.microsecond + 1) % 1_000_000)
        return replace(entry, record=replace(record, at=value))
    return replace(entry, record=replace(record, **{field: getattr(record, field) + "x"}))


@few
@given(logs(min_size=0))
def test_what_was_appended_is_found_sound(log):
    """A log as it was appended passes, also over a change of keys, and all of it is counted."""
    entries, head = log

    assert audit.Verdict(ok=True, checked=len(entries)) == audit.verify(entries, KEYS, head)


@few
@given(
    logs(),
    st.data(),
    st.sampled_from(("at", "actor", "origin", "action", "target", "outcome", "detail")),
)
def test_a_change_of_any_field_is_found_where_it_is(log, data, field):
    """Whatever is changed in a record, the check names that entry."""
    entries, head = log
    place = data.draw(st.integers(min_value=0, max_value=len(entries) - 1))
    entries[place] = changed(entries[place], field)

    verdict = audit.verify(entries, KEYS, head)

    assert (False, place, place + 1) == (verdict.ok, verdict.checked, verdict.first_bad_seq)


@few
@given(logs(), st.data(), st.sampled_from(("key_id", "previous", "digest")))
def test_a_change_of_the_chain_itself_is_found(log, data, field):
    """Key, previous digest and digest of an entry cannot be changed unseen."""
    entries, head = log
    place = data.draw(st.integers(min_value=0, max_value=len(entries) - 1))
    entry = entries[place]
    other = {"old": "new", "new": "old"}[entry.key_id] if field == "key_id" else "é" * 64
    entries[place] = replace(entry, **{field: other})

    verdict = audit.verify(entries, KEYS, head)

    assert not verdict.ok
    assert verdict.first_bad_seq in (place + 1, place + 2)


@few
@given(logs(min_size=2), st.data())
def test_two_entries_that_change_places_are_found(log, data):
    """Entries cannot be put in another order, with or without their numbers."""
    entries, head = log
    place = data.draw(st.integers(min_value=0, max_value=len(entries) - 2))
    first, second = entries[place], entries[place + 1]
    swapped = [*entries[:place], second, first, *entries[place + 2 :]]
    renumbered = [*entries[:place], replace(second, seq=first.seq), replace(first, seq=second.seq)]
    renumbered += entries[place + 2 :]

    assert place + 1 == audit.verify(swapped, KEYS, head).first_bad_seq
    assert place + 1 == audit.verify(renumbered, KEYS, head).first_bad_seq


@few
@given(logs(), st.data())
def test_an_entry_that_is_taken_out_is_found(log, data):
    """No entry can be missing, the first and the last included."""
    entries, head = log
    place = data.draw(st.integers(min_value=0, max_value=len(entries) - 1))
    left = entries[:place] + entries[place + 1 :]

    verdict = audit.verify(left, KEYS, head)

    assert (False, place + 1) == (verdict.ok, verdict.first_bad_seq)


@few
@given(logs(), st.data())
def test_an_end_that_is_cut_off_is_found(log, data):
    """Against the head it shows how many entries there should be."""
    entries, head = log
    kept = data.draw(st.integers(min_value=0, max_value=len(entries) - 1))

    verdict = audit.verify(entries[:kept], KEYS, head)

    assert (False, kept, kept + 1) == (verdict.ok, verdict.checked, verdict.first_bad_seq)


@few
@given(logs(), records, st.data())
def test_an_entry_that_is_put_in_is_found(log, record, data):
    """Without the key nothing can be added, in the middle or at the end."""
    entries, head = log
    place = data.draw(st.integers(min_value=0, max_value=len(entries)))
    before = (entries[place - 1].seq, entries[place - 1].digest) if place else audit.EMPTY
    forged = audit.append(record, head=before, key_id="new", key=b"guess")

    verdict = audit.verify([*entries[:place], forged, *entries[place:]], KEYS, head)

    assert (False, place + 1) == (verdict.ok, verdict.first_bad_seq)


@few
@given(logs())
def test_an_older_head_is_no_proof_for_a_longer_log(log):
    """Entries after the head are not taken for granted, even well signed."""
    entries, _ = log
    head = (entries[-1].seq - 1, entries[-1].previous)

    assert entries[-1].seq == audit.verify(entries, KEYS, head).first_bad_seq


@few
@given(logs())
def test_a_head_of_another_chain_is_found(log):
    """The head's digest has to be that of the last entry."""
    entries, head = log

    assert head[0] == audit.verify(entries, KEYS, (head[0], "other")).first_bad_seq


@few
@given(logs())
def test_an_unknown_key_is_named(log):
    """The reason says which key is missing."""
    entries, head = log
    keys = {name: key for name, key in KEYS.items() if name != entries[0].key_id}

    verdict = audit.verify(entries, keys, head)

    assert f"`{entries[0].key_id}`" in (verdict.reason or "")


@given(strategies.audit_records, strategies.audit_records)
def test_different_records_have_different_digests(one, other):
    """No text can move from one field to the next without being seen."""
    same = one == other
    moved = replace(one, actor=one.actor + one.origin, origin="")

    assert same == (audit.digest(b"k", "", 1, one) == audit.digest(b"k", "", 1, other))
    assert (moved == one) == (audit.digest(b"k", "", 1, one) == audit.digest(b"k", "", 1, moved))


def test_the_digest_of_a_known_record_never_changes():
    """Logs of earlier releases stay verifiable: the form of what is hashed is a promise."""
    record = people.AuditRecord(
        at=datetime(2026, 11, 24, 7, tzinfo=UTC),
        actor="alice",
        origin="uid=1000",
        action="schedule.add",
        target="night",
        outcome="ok",
        detail="é",
    )

    expected = "1de4f0a89f5421b70116b96d55f7f96939e6ff4bd687a25c1b4d49f89d915ce4"
    assert expected == audit.digest(b"k" * 32, "", 1, record)
