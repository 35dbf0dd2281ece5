"""Family L6, a signed bus, and behind it a district's licence library that trusts what the bus lets through.

Quirks shown here, by number of the list in the domain notes:

* 1 ``RET_CODE`` "0000" is success, text with leading zeros; what the bus itself refuses is HTTP 401 in another shape,
  JSON or an HTML page.
* 3 The face is base64 of JSON in a JSON string.
* 4 Every call is signed in headers and dies after 180 seconds; the secret for it lives for minutes and is fetched with
  a call that is signed with the app key, or refreshed with one that is signed with a secret of days. With
  ``one_login`` two replicas that log in end each other's secrets. Replies are signed too.
* 5 One-letter state codes, 1 and 2 for the type of a holder.
* 7 Epoch milliseconds beside ``yyyyMMdd`` and ``yyyyMMddHHmmss``; no end is 99991231235959 or an empty text.
* 8 The words 是 and 否 for booleans, the word null for nothing.
* 9 Pages by number and size, at most 50 rows; the total tells how many there are.
* 10 Item and, from an office, case are required; who asks comes in a header that the signature does not cover.
"""
