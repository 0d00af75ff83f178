"""F9 and the starting order once more, under the users of a deployment: the same tests, another ``server``."""

import pytest

from tests.integration.messaging.test_messaging_archive import (  # noqa: F401
    test_only_the_wanted_types_are_given,
    test_the_archive_is_read_from_an_offset_on,
    test_the_archive_is_read_from_the_first_event_to_its_end,
)
from tests.integration.messaging.test_messaging_guard import (  # noqa: F401
    test_a_deleted_queue_is_made_again_and_what_waited_in_it_is_replayed_f9,
    test_a_new_consumer_gets_the_past,
    test_a_queue_deleted_while_the_connections_break_is_made_again_and_consumed_f9,
    test_a_replay_that_a_crash_interrupted_is_done_by_another_replica,
    test_a_service_that_only_announces_guards_the_archive_too,
    test_bad_data_in_a_replay_is_put_aside_and_the_replay_goes_on,
    test_the_comparison_sees_what_the_broker_has,
    test_the_policy_limits_deliveries_and_loses_no_dead_letter_rule_4,
)

pytestmark = pytest.mark.servers
