"""Reading a city's two files: odd but right ones work, wrong ones are told row by row."""

from pathlib import Path

import pytest

from ops.city.files import BadCity, City, lower_median, read_city

DISTRICTS = "district,city,year,budget,currency,requests,votes\n"
REQUESTS = "district,request,title,categories,beneficiaries,amount,votes,selected\n"


def city_of(folder: Path, districts: str, requests: str, encoding: str = "utf-8") -> City:
    (folder / "districts.csv").write_text(DISTRICTS + districts, encoding=encoding)
    (folder / "requests.csv").write_text(REQUESTS + requests, encoding=encoding)
    return read_city(folder)


def faults_of(folder: Path, districts: str, requests: str) -> str:
    with pytest.raises(BadCity) as caught:
        city_of(folder, districts, requests)
    return str(caught.value)


def test_districts_are_numbered_in_the_files_order(tmp_path: Path) -> None:
    city = city_of(tmp_path, "Zet,C,2030,5,EUR,0,0\nAlfa,C,2030,7,EUR,0,0\n", "")
    assert [(district.id, district.name) for district in city.districts] == [("d01", "Zet"), ("d02", "Alfa")]
    assert city.budget == 12


def test_more_than_ninety_nine_districts_get_ids_of_equal_length(tmp_path: Path) -> None:
    city = city_of(tmp_path, "".join(f"D{n},C,2030,1,EUR,0,0\n" for n in range(120)), "")
    assert (city.districts[0].id, city.districts[119].id) == ("d001", "d120")


def test_a_byte_order_mark_and_other_line_ends_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "districts.csv").write_bytes(
        b"\xef\xbb\xbf" + (DISTRICTS + "A,C,2030,5,EUR,0,0\n").replace("\n", "\r\n").encode()
    )
    (tmp_path / "requests.csv").write_bytes(
        b"\xef\xbb\xbf" + (REQUESTS + "A,1,t,,,5,1,0\n").replace("\n", "\r\n").encode()
    )
    city = read_city(tmp_path)
    assert city.districts[0].proposals[0].amount == 5


def test_quotes_commas_and_line_breaks_in_titles_are_kept_on_one_line(tmp_path: Path) -> None:
    city = city_of(tmp_path, "A,C,2030,5,EUR,0,0\n", 'A,1,"a ""b"", c\nd\te",x,,5,1,0\n')
    assert city.districts[0].proposals[0].title == 'a "b", c d e'


def test_accents_are_composed_and_other_scripts_kept(tmp_path: Path) -> None:
    decomposed = "Zielen\u0301 محله 東 🏀"
    city = city_of(tmp_path, "A,C,2030,5,EUR,0,0\n", f"A,1,{decomposed},,,5,1,0\n")
    assert city.districts[0].proposals[0].title == "Zieleń محله 東 🏀"


def test_a_decomposed_district_name_is_the_same_district(tmp_path: Path) -> None:
    city = city_of(tmp_path, "Ś,C,2030,5,EUR,0,0\n", "S\u0301,1,t,,,5,1,0\n")
    assert len(city.districts[0].proposals) == 1


def test_empty_and_blank_categories_give_none(tmp_path: Path) -> None:
    city = city_of(tmp_path, "A,C,2030,5,EUR,0,0\n", 'A,1,t,,,5,1,0\nA,2,t," , sport ,",,5,1,0\n')
    assert [p.categories for p in city.districts[0].proposals] == [(), ("sport",)]


def test_duplicate_and_empty_titles_are_proposals_of_their_own(tmp_path: Path) -> None:
    city = city_of(tmp_path, "A,C,2030,5,EUR,0,0\n", "A,1,same,,,5,1,0\nA,2,same,,,5,1,0\nA,3,,,,5,1,0\n")
    assert [p.title for p in city.districts[0].proposals] == ["same", "same", "(3)"]


def test_a_long_title_is_cut_to_what_a_request_holds(tmp_path: Path) -> None:
    city = city_of(tmp_path, "A,C,2030,5,EUR,0,0\n", f"A,1,{'x' * 3000},,,5,1,0\n")
    assert len(city.districts[0].proposals[0].title) == 2000


@pytest.mark.parametrize("currency", ["PLN", "EUR", "JPY", "IRR", "czk"])
def test_any_currency_code_works(tmp_path: Path, currency: str) -> None:
    assert city_of(tmp_path, f"A,C,2030,5,{currency},0,0\n", "").currency == currency.upper()


def test_a_year_of_two_calendar_years_becomes_a_fiscal_year(tmp_path: Path) -> None:
    assert city_of(tmp_path, "A,C,2030/2031,5,EUR,0,0\n", "").year == "2030-2031"


@pytest.mark.parametrize(
    ("values", "median"), [([], 0), ([7], 7), ([1, 9], 1), ([9, 1, 5], 5), ([4, 1, 3, 2], 2), ([0, 0], 0)]
)
def test_the_median_of_an_even_number_is_the_lower_one(values: list[int], median: int) -> None:
    assert lower_median(values) == median


def test_with_no_votes_at_all_everything_is_supported(tmp_path: Path) -> None:
    city = city_of(tmp_path, "A,C,2030,5,EUR,0,0\n", "A,1,t,,,5,0,0\nA,2,t,,,5,0,0\n")
    assert city.districts[0].supported() == {"1", "2"}


def test_every_fault_is_named_with_file_line_and_column(tmp_path: Path) -> None:
    told = faults_of(
        tmp_path,
        "A,C,2030,five,EUR,0,0\nA,C,2030,5,EURO,0,0\nB,Other,2030,5,EUR,0,0\n",
        "A,1,t,,,0,1,0\nA,1,t,,,5,-1,0\nNowhere,1,t,,,5,1,0\nA,2,t,,,5.5,1,0\nA,,t,,,5,1,0\n",
    )
    for expected in (
        "districts.csv line 2, budget: 'five'",
        "districts.csv line 3, currency: 'EURO'",
        "districts.csv line 3, district: 'A' is there twice",
        "districts.csv line 4, city: 'Other' differs from 'C'",
        "requests.csv line 2, amount: '0'",
        "requests.csv line 3, votes: '-1'",
        "requests.csv line 3, request: '1' is there twice in A",
        "requests.csv line 4, district: 'Nowhere' is not in districts.csv",
        "requests.csv line 5, amount: '5.5'",
        "requests.csv line 6, request: is empty",
    ):
        assert expected in told


def test_missing_files_columns_and_cells_are_told(tmp_path: Path) -> None:
    with pytest.raises(BadCity, match="there is no such file"):
        read_city(tmp_path)
    (tmp_path / "districts.csv").write_text("district,town\nA,C\n")
    (tmp_path / "requests.csv").write_text(REQUESTS + "A,1\n")
    with pytest.raises(BadCity) as caught:
        read_city(tmp_path)
    assert "districts.csv: has no column city, year, budget, currency" in str(caught.value)
    assert "requests.csv line 2: does not have 8 cells" in str(caught.value)


def test_a_file_that_is_not_utf_8_is_told(tmp_path: Path) -> None:
    (tmp_path / "districts.csv").write_bytes(DISTRICTS.encode() + "Łódź,C,2030,5,EUR,0,0\n".encode("iso-8859-2"))
    (tmp_path / "requests.csv").write_text(REQUESTS)
    with pytest.raises(BadCity, match="is not UTF-8"):
        read_city(tmp_path)


def test_an_empty_list_of_districts_is_told(tmp_path: Path) -> None:
    assert "districts.csv: has no district" in faults_of(tmp_path, "", "")
