"""Instruments' files with their known traps: every well is read or refused with its line and reason."""

import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from lianfang.formats.instruments import InstrumentError, InstrumentRun, RunFormat, Task, read_run

ABI = """Block Type\t96fast
Chemistry\tTAQMAN
Experiment Name\tRun 7

Well\tSample Name\tTarget Name\tTask\tReporter\tQuencher\tCт\tCт Mean
A1\tNTC\tN\tNTC\tFAM\tNFQ\tUndetermined\t
A2\tT001\tN\tUNKNOWN\tFAM\tNFQ\t31.2504\t31.25
A2\tT001\tORF1ab\tUNKNOWN\tVIC\tNFQ\t33,125\t
A3\tT002\tN\tUNKNOWN\tFAM\tNFQ\tabc\t
Z9\tT003\tN\tUNKNOWN\tFAM\tNFQ\t20\t
A4\tT004\tN\tMYSTERY\tFAM\tNFQ\t20\t
A5\t\tN\tUNKNOWN\tFAM\tNFQ\t20\t
A2\tT001\tN\tUNKNOWN\tFAM\tNFQ\t30\t
A6\t\t\t\t\t\t\t
A7\t\t\t\t\t\t20\t
A8\tT005\tN\tUNKNOWN\tFAM\tNFQ\t75\t

Analysis Type\tSingleplex
B1\tT006\tN\tUNKNOWN\tFAM\tNFQ\t22.0005\t
"""
QUANTSTUDIO = """Block Type,384-Well Block,,,,,,,
Experiment Type,Comparative Cт (ΔΔCт),,,,,,,
,,,,,,,,
Well,Well Position,Omit,Sample Name,Target Name,Task,Reporter,CT,Amp Status,Cq Conf,CQCONF
1,A1,FALSE,T1,ORF1ab,UNKNOWN,FAM,25.934,Amp,0.968,N
2,A2,TRUE,T2,ORF1ab,UNKNOWN,FAM,26.040,Amp,0.975,N
384,P24,FALSE,T3,ORF1ab,UNKNOWN,FAM,Undetermined,No Amp,0.000,Y
"""
CFX = """,Well,Fluor,Target,Content,Sample,Cq,SQ
,A01,FAM,N,Unkn-01,T1,28.11,NaN
,A02,FAM,N,NTC,,NaN,NaN
,A03,FAM,N,Pos Ctrl,PC,24.5,NaN
,A04,FAM,N,Std-1,S,18.5,1000
"""
LIGHTCYCLER = """Experiment: run 3  Selected Filter: FAM (465-510)
Include\tColor\tPos\tName\tCp\tConcentration\tStandard\tStatus
True\t255\tA1\tT1\t24,86\t\t0\t
True\t255\tA2\tT2\t\t\t0\t
False\t255\tA3\tT3\t30,1\t\t0\t
"""


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def refusals(run: InstrumentRun) -> list[tuple[int, str]]:
    return [(each.line, each.code) for each in run.refused]


def test_abi_7500_with_cyrillic_ct_and_both_decimal_signs(tmp_path: Path) -> None:
    run = read_run(written(tmp_path, "run.xls", ABI, "utf-16"))
    assert run.format is RunFormat.ABI_7500
    assert run.header["Experiment Name"] == "Run 7"
    assert run.header["Analysis Type"] == "Singleplex"
    assert [(each.position, each.target, each.ct_milli, each.task) for each in run.wells] == [
        ("A01", "N", None, Task.NEGATIVE_CONTROL),
        ("A02", "N", 31_250, Task.UNKNOWN),
        ("A02", "ORF1ab", 33_125, Task.UNKNOWN),
        ("A06", "", None, Task.EMPTY),
        ("B01", "N", 22_001, Task.UNKNOWN),
    ]
    assert refusals(run) == [
        (9, "bad_ct"),
        (10, "bad_position"),
        (11, "unknown_task"),
        (12, "no_sample"),
        (13, "well_twice"),
        (15, "ct_in_empty_well"),
        (16, "ct_out_of_range"),
    ]
    assert run.n_rows == 12


def test_quantstudio(tmp_path: Path) -> None:
    run = read_run(written(tmp_path, "run.csv", QUANTSTUDIO))
    assert run.format is RunFormat.QUANTSTUDIO
    first, last = run.wells
    assert (first.position, first.ct_milli, first.is_amplified, first.quality_milli) == ("A01", 25_934, True, 968)
    assert (last.position, last.ct_milli, last.is_amplified) == ("P24", None, False)
    assert refusals(run) == [(6, "omitted")]


def test_quantstudio_workbook_takes_the_results_sheet(tmp_path: Path) -> None:
    path = tmp_path / "run.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("Technical Analysis Result", "Results"):
            sheet = book.add_worksheet(name)
            for number, line in enumerate(QUANTSTUDIO.splitlines()):
                sheet.write_row(number, 0, line.split(","))
    assert len(read_run(path).wells) == 2
    assert [each.line for each in read_run(path).wells] == [5, 7]


def test_cfx(tmp_path: Path) -> None:
    run = read_run(written(tmp_path, "cq.csv", CFX))
    assert run.format is RunFormat.CFX
    assert [(each.task, each.ct_milli) for each in run.wells] == [
        (Task.UNKNOWN, 28_110),
        (Task.NEGATIVE_CONTROL, None),
        (Task.POSITIVE_CONTROL, 24_500),
        (Task.STANDARD, 18_500),
    ]
    assert read_run(written(tmp_path, "semicolon.csv", CFX.replace(",", ";"))).wells == run.wells


def test_lightcycler_takes_its_target_from_the_filter(tmp_path: Path) -> None:
    run = read_run(written(tmp_path, "lc.txt", LIGHTCYCLER))
    assert run.format is RunFormat.LIGHTCYCLER
    assert [(each.target, each.ct_milli) for each in run.wells] == [("FAM (465-510)", 24_860), ("FAM (465-510)", None)]
    assert refusals(run) == [(5, "omitted")]


RDML = """<rdml version="{version}" xmlns="http://www.rdml.org"><dateMade>2020-12-01</dateMade>
<sample id="T1"><type>unkn</type></sample><sample id="W"><type>ntc</type></sample><dye id="FAM"/>
<target id="N"><dyeId id="FAM"/></target>
<experiment id="e"><run id="r"><pcrFormat><rows>8</rows><columns>12</columns></pcrFormat>
<react id="1"><sample id="T1"/><data><tar id="N"/><cq>30.5</cq></data></react>
<react id="13"><sample id="W"/><data><tar id="N"/><cq>-1.0</cq></data></react>
<react id="14"><sample id="T1"/><data><tar id="N"/><cq>30.5</cq><excl>bubble</excl></data></react>
<react id="15"><sample id="X"/><data><tar id="N"/></data></react>
<react id="16"><sample id="T1"/></react>
</run></experiment></rdml>"""


def packed(path: Path, **parts: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), text)
    return path


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "1.3", "1.4"])
def test_rdml(tmp_path: Path, version: str) -> None:
    run = read_run(packed(tmp_path / "run.rdml", Run_of_Monday_dot_xml=RDML.format(version=version)))
    assert [(each.position, each.ct_milli, each.task, each.dye) for each in run.wells] == [
        ("A01", 30_500, Task.UNKNOWN, "FAM"),
        ("B01", None, Task.NEGATIVE_CONTROL, "FAM"),
    ]
    assert refusals(run) == [(3, "omitted"), (4, "unknown_task"), (5, "no_reading")]


EDS = "Session Name\t\nWell\tSample Name\tDetector\tTask\tCt\n" + "".join(
    f"{well}\t{sample}\tN\tTarget\t{ct}\nRn values\t1.0\t1.1\t1.2\nDelta Rn values\t0\t0\t0\nDDCT Values\t{well}\n"
    for well, sample, ct in ((0, "W", "3.0"), (13, "T1", "2.5"), (95, "T2", "x"))
)


def test_eds_writes_the_number_of_cycles_for_undetermined(tmp_path: Path) -> None:
    run = read_run(packed(tmp_path / "run.eds", apldbio__sds__analysis_result_dot_txt=EDS))
    assert [(each.position, each.ct_milli) for each in run.wells] == [("A01", None), ("B02", 2500)]
    assert refusals(run) == [(11, "bad_ct")]


BOMB = '<!DOCTYPE x [<!ENTITY a "aa">]><rdml version="1.1">&a;</rdml>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"a,b\n1,2\n", "no_table"),
        (b"\x00\x01\x02\x03", "not_text"),
        (b"PK\x03\x04broken", "unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1broken", "unreadable"),
        (b"Well,Sample,Target,Cq\n\n", "no_wells"),
        (b"Well,Sample,Target,Ct,CT\nA1,a,N,1,2\n", "column_twice"),
        (b"Well,Sample,Cq\nA1,a,20\n", "no_target_column"),
    ],
)
def test_a_file_that_is_not_understood_is_refused(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(InstrumentError) as refused:
        read_run(path)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"rdml_data_dot_xml": RDML.format(version="2.0")}, "rdml_version"),
        ({"rdml_data_dot_xml": "<other/>"}, "not_rdml"),
        ({"rdml_data_dot_xml": BOMB}, "unreadable"),
        ({"a_dot_xml": "<rdml/>", "b_dot_xml": "<rdml/>"}, "rdml_documents"),
        ({"apldbio__sds__experiment_dot_xml": ""}, "eds_not_analysed"),
    ],
)
def test_an_archive_that_is_not_understood_is_refused(tmp_path: Path, parts: dict[str, str], code: str) -> None:
    with pytest.raises(InstrumentError) as refused:
        read_run(packed(tmp_path / "file", **parts))
    assert refused.value.code == code
