"""The rules beyond the schema: functions from the scene to remarks, sound on broken documents, blind to each other."""

from collections.abc import Callable, Iterator
from typing import Final

from adapters.kit.manifest.findings import Remark
from adapters.kit.manifest.rules import auth, description, operations, probes, replies, requests, responses, system
from adapters.kit.manifest.rules.scene import Scene

Rule = Callable[[Scene], Iterator[Remark]]

RULES: Final[tuple[Rule, ...]] = (
    system.folder_has_the_code,
    system.owner_is_real,
    system.regions_are_real,
    system.settings_are_own,
    system.limits_are_bounded,
    system.one_protocol,
    system.one_auth_style,
    system.description_is_shipped,
    auth.styles_exist,
    auth.login_says_its_proof,
    auth.one_signature_is_usual,
    auth.sessions_give_something,
    auth.proofs_have_their_session,
    auth.places_fit,
    auth.replies_are_proven,
    requests.no_secrets,
    requests.references_exist,
    requests.request_tables,
    requests.request_dates,
    requests.xml_can_be_written,
    requests.paths_take_fields,
    requests.ciphertexts_have_one_key,
    responses.paths_parse,
    responses.response_tables,
    responses.response_dates,
    responses.expressions_fit_their_field,
    responses.states_are_ours,
    replies.embedded_documents_are_told,
    replies.served_with_what_it_gives,
    replies.files_are_in_one_place,
    replies.pages_are_asked_for,
    operations.called_as_the_protocol_wants,
    operations.served_once,
    operations.served_wholly,
    operations.served_reads_are_useful,
    operations.details_exist,
    operations.login_exists,
    operations.success_is_one_test,
    operations.holders_and_face_say_something,
    probes.subjects_are_one_thing,
    probes.probe_names_exist,
    probes.probe_asks_for_its_subject,
    probes.probe_changes_nothing,
    probes.probe_is_bounded,
    probes.credential_codes_are_refusals,
    description.operations_are_described,
    description.requests_are_described,
    description.replies_are_described,
)
