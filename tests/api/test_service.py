from tests.api.site import CITY, a_site
from tests.fakes import FakeServices


def test_the_service_document_names_the_lower_of_two_limits():
    small = a_site(max_body_bytes=500, max_deliveries=3)
    found = small.get("/api/v1/service", headers=CITY).get_json()
    assert found["max_body_bytes"] == 500
    assert found["limits"] == {"files": 1000, "concurrent_deliveries": 3}
    assert a_site(FakeServices(most=9)).get("/api/v1/service", headers=CITY).get_json()[
        "max_body_bytes"
    ] == 9  # fmt: skip


def test_the_service_document_is_for_agencies_and_the_catalogue_for_anyone():
    client = a_site()
    assert client.get("/api/v1/service").status_code == 401
    assert client.get("/api/v1/checks").get_json()["items"][0]["name"]["zh"] == "数字签名"


def test_health_asks_nobody_and_readiness_everybody():
    services = FakeServices()
    client = a_site(services)
    assert client.get("/readyz").get_json() == {"status": "ok", "checks": {"database": "ok"}}
    services.dependencies = {"database": "ok", "store": "a barrier failed"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.get_json()["checks"]["store"]) == (503, "a barrier failed")
    assert answer.headers["Retry-After"]
    assert client.get("/healthz").status_code == 200


def test_without_a_scanner_the_archive_is_ready_and_says_so():
    services = FakeServices()
    services.dependencies = {"database": "ok", "scanner": "not configured"}
    answer = a_site(services).get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "ok")
    assert answer.get_json()["checks"]["scanner"] == "not configured"
    services.dependencies = {"database": "ok", "scanner": "does not answer"}
    assert a_site(services).get("/readyz").status_code == 503


def test_tokens_that_end_soon_are_said_and_the_archive_is_ready_all_the_same():
    services = FakeServices()
    services.dependencies = {"database": "ok", "credentials": "2 ending within 30 days"}
    answer = a_site(services).get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "ok")
    assert answer.get_json()["checks"]["credentials"] == "2 ending within 30 days"
