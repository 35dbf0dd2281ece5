"""What the walk asks, as a frontend team would write it."""

OPEN_USE = """mutation Open($input: OpenUseInput!) {
  openUse(input: $input) { use { id basis expiresAt } problems { code message field remedy } }
}"""
LICENCE_FIELDS = """fragment Fields on Licence {
  id state rawState stateReason pastEndDate identifier number name issuedOn validFrom validUntil warnings
  withheld { path reason }
  type { code name } issuer { code name } holders { type number name } face { name label value }
  provenance { system fields disagrees }
}"""
LICENCES = (
    """query Licences($use: ID!, $holder: HolderInput!) {
  licences(use: $use, holder: $holder) {
    completeness
    sources { system outcome fault milliseconds truncated code message notice }
    nodes { ...Fields }
  }
}
"""
    + LICENCE_FIELDS
)
LICENCE = (
    """query Licence($use: ID!, $id: ID!) {
  licence(use: $use, id: $id) { completeness sources { system outcome } licence { ...Fields } }
}
"""
    + LICENCE_FIELDS
)
PRESENT = (
    "mutation Present($input: PresentLicenceInput!) { presentLicence(input: $input) { code problems { message } } }"
)
SYSTEMS = """{
  systems(first: 200) { nodes { code title state health { lastError fault p95Milliseconds } notice { text } } }
}"""
TYPES = "query Types($search: String) { licenceTypes(search: $search) { totalCount nodes { code name } } }"
VERSION = "query Version($code: String!) { system(code: $code) { noticeVersion } }"
DISABLE = """mutation Disable($input: DisableSystemInput!) {
  done: disableSystem(input: $input) { system { state } problems { message } }
}"""
ENABLE = """mutation Enable($input: EnableSystemInput!) {
  done: enableSystem(input: $input) { system { state } problems { message } }
}"""
HEALTH = """subscription Health($codes: [String!]) {
  systemHealth(codes: $codes) { from to system { code health { fault } } }
}"""
UPLOAD = """mutation Upload($input: CreateUploadInput!) {
  createUpload(input: $input) { upload { id url } problems { message } }
}"""
EXPORT = """mutation Export($input: ExportSystemCallsInput!) {
  exportSystemCalls(input: $input) { file { url name bytes sha256 } problems { message } }
}"""
AUDIT = """query Audit($after: String) {
  auditEvents(filter: {kinds: ["licences.fetched", "licence.fetched"]}, first: 100, after: $after) {
    nodes { kind requestId ending application actor { role body } use { basis item case } systems { system outcome } }
    pageInfo { hasNextPage endCursor }
  }
}"""
DATA_USE = """{
  myDataUse(first: 200) { nodes { at title byOneself body bodyName basis item systems } }
}"""

REGISTER_SEAL = """mutation RegisterSeal($input: RegisterSealInput!) {
  registerSeal(input: $input) { seal { id version } problems { code message field remedy } }
}"""
AUTHORISE_SEAL = """mutation AuthoriseSeal($input: AuthoriseSealInput!) {
  authoriseSeal(input: $input) { seal { id version } problems { code message field remedy } }
}"""
FREEZE_SEAL = """mutation FreezeSeal($input: FreezeSealInput!) {
  freezeSeal(input: $input) { seal { id state version } problems { code message field remedy } }
}"""
UNFREEZE_SEAL = """mutation UnfreezeSeal($input: UnfreezeSealInput!) {
  unfreezeSeal(input: $input) { seal { id state version } problems { code message field remedy } }
}"""
SEAL_DOCUMENT = """mutation SealDocument($input: SealDocumentInput!) {
  sealDocument(input: $input) { sealing { id state } problems { code message field remedy } }
}"""
SEALING = """query Sealing($id: ID!) {
  sealing(id: $id) {
    id state platform number
    attempts { number told }
    problems { code message remedy }
    verification { verdict steps { number name verdict message } }
    file { url name bytes sha256 }
  }
}"""
VERIFY_SEALED = """mutation VerifySealed($input: VerifyFileInput!) {
  verifySealedDocument(input: $input) {
    verification { verdict steps { number name verdict message } }
    problems { code message field remedy }
  }
}"""
IMPORT_CATALOGUE = """mutation Import($input: ImportShareCatalogueInput!) {
  importShareCatalogue(input: $input) { added findings { line column message } problems { message } }
}"""
FIND_RESOURCE = """query Find($search: String, $item: String) {
  resources(search: $search, item: $item) { nodes { code title sharing provider isServed } }
}"""
REQUEST_SHARE = """mutation Request($input: RequestShareInput!) {
  requestShare(input: $input) { request { id state version } problems { message } }
}"""
DECIDE_SHARE = """mutation Decide($input: DecideShareRequestInput!) {
  decideShareRequest(input: $input) {
    request { id state version } grant { id version terms { fields { name access } } } problems { message }
  }
}"""
SHARED_RECORDS = """query Shared($use: ID!, $grant: ID!, $parameters: JSON!) {
  sharedRecords(use: $use, grant: $grant, parameters: $parameters) {
    records withheld { path reason } sources { system outcome } receipt
  }
}"""
REVOKE_GRANT = """mutation Revoke($input: RevokeGrantInput!) {
  revokeGrant(input: $input) { grant { revokedAt } problems { message } }
}"""
