"""The locks that no row stands for: each has its number here, so that no two things wait for each other by accident."""

from enum import IntEnum

from django.db import connection


class Lock(IntEnum):
    """What only one transaction at a time may do."""

    APPEND = 0x11A7FA06  # to the evidence log
    DECIDE = 0x11A7FA07  # about measures
    CITIZEN_PHONE = 0x11A7FA0B  # ask for a proof of one phone
    FIRST_USE = 0x11A7FA0C  # store an edition of the rules
    IMPORT = 0x11A7FA10  # compare what is imported with the store
    WATCH = 0x11A7FA17  # look for key places that fell silent
    COMPARE = 0x11A7FA22  # a list with the register
    MERGE = 0x11A7FA23  # persons
    VERIFY = 0x11A7FA24  # change the tasks of one list
    RELEASE_NUMBER = 0x11A7FA26  # take the next number of an exit certificate
    EVENT_STORE = 0x11A7FA29  # add events
    PALLET = 0x11A7FA2B  # load or move one pallet
    TUBE_CODE = 0x11A7FA31  # register one tube
    OPEN_TESTS = 0x11A7FA40  # keep up the tests that are left
    INSTRUMENT_FILE = 0x11A7FA41  # read one file
    CAPACITY = 0x11A7FA42  # version what a laboratory can work
    RECEIVED_REPORT = 0x11A7FA43  # take in one report
    LEASE = 0x11A7FA50  # share out the room of one place


def wait_for(lock: Lock, key: int | str | None = None) -> None:
    """Be the only one to hold a lock, or its part for one key, until the transaction ends.

    key: any text, or an int32. Two keys may share a part by chance: then they wait for each other, no more.
    """
    with connection.cursor() as cursor:
        if key is None:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])
        elif isinstance(key, str):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [lock, key])
        else:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [lock, key])
