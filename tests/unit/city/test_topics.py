"""Categories of proposals become topics: the first one that is mapped, else the default."""

from ops.city.topics import BY_CATEGORY, DEFAULT, TOPICS, topic_of


def test_the_first_mapped_category_gives_the_topic() -> None:
    assert topic_of(["unheard of", "sport", "education"]) == "sport"


def test_case_and_spaces_do_not_matter() -> None:
    assert topic_of(["  Public   Space "]) == "public_space"


def test_no_or_unknown_categories_give_the_default() -> None:
    assert topic_of([]) == topic_of(["unheard of"]) == DEFAULT


def test_every_category_leads_to_a_topic_of_the_list() -> None:
    assert {*BY_CATEGORY.values(), DEFAULT} == {topic.id for topic in TOPICS}
