"""``lianfang trace-store``: presences as a store that Spark traces."""

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lianfang.trace.spark_store import Shape

EXIT_USAGE = 2

EPILOG = """\
PRESENCES: Parquet (a file, a directory or a pattern Spark reads) with integer columns subject,place,t_in,t_out; times are
seconds. STORE: a directory every node reads under the same name (a path, hdfs:, s3a: ...); if it is a store already, the
presences are added to it. docs/scale.md says how to choose the numbers of buckets."""


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 up")
    return int(text)


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> argparse.ArgumentParser:
    """Add the subcommand's options."""
    parser = subparsers.add_parser(
        "trace-store",
        help="write presences as a store that lianfang trace --engine spark reads",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("presences", metavar="PRESENCES")
    parser.add_argument("store", metavar="STORE")
    parser.add_argument("--master", metavar="URL", help="of Spark's cluster; default: local[*]")
    parser.add_argument("--place-buckets", type=_count, metavar="N", help="parts of a day by place; default: 16")
    parser.add_argument("--subject-buckets", type=_count, metavar="N", help="parts of a day by subject; default: 16")
    parser.add_argument(
        "--salt-rows", type=_count, metavar="N", help="stays at one place in one part; default: 1000000"
    )
    return parser


def run(args: argparse.Namespace) -> int:
    """Write and say what the store holds; exit 2 with one line for what is refused."""
    from lianfang.cli.trace_read import TraceFileError
    from lianfang.cli.trace_spark import started
    from lianfang.trace import InvalidTraceInputError

    try:
        with started(args.master) as spark:
            from lianfang.trace.spark_store import StoreError, write_store

            try:
                store = write_store(spark.read.parquet(args.presences), args.store, _shape(args))
            except StoreError as error:
                raise TraceFileError(str(error)) from None
    except (TraceFileError, InvalidTraceInputError) as error:
        print(f"lianfang trace-store: {error}", file=sys.stderr)
        return EXIT_USAGE
    held, shape = store.manifest, store.manifest.shape
    buckets = f"{shape.place_buckets} buckets by place, {shape.subject_buckets} by subject"
    print(f"{args.store}: {held.rows} presences, {buckets}, {len(held.salted)} huge places", file=sys.stderr)
    return 0


def _shape(args: argparse.Namespace) -> "Shape":
    from lianfang.trace.spark_store import Shape

    given = {name: getattr(args, name) for name in ("place_buckets", "subject_buckets", "salt_rows")}
    return Shape(**{name: value for name, value in given.items() if value is not None})
