import pytest

pytest.register_assert_rewrite(
    "tests.contract.facts_suite",
    "tests.contract.replication_suite",
    "tests.contract.store_suite",
    "tests.contract.writer_suite",
)
