"""Family L5, case reporting to the province: signed JSON with JSON in a string, and a result on every row.

Quirks shown here, by number of the list in the domain notes:

* 1 ``resultCode`` "200" means only that the request was parsed; the real result is ``code`` on each row.
* 3 What is reported is a JSON array in a string, and so is what is asked for.
* 4 Each call is signed: ``sign`` is base64 of HMAC-SHA256 under the secret over ``appid&timestamp&data``, the three
  joined with ``&`` and ``data`` being that string as it was sent; ``timestamp`` may be five minutes off.
* 5 Own code tables for the applicant (1 person, 2 legal person), the channel (1 2 9) and the step of a case.
* 7 ``yyyy-MM-dd HH:mm:ss`` beside ``yyyyMMddHHmmss``; ``timestamp`` is epoch milliseconds.
* 8 Numbers come as numbers or as text, missing values as null, as an empty string or as the word null.
* 10 ``orgbusno`` and ``itemno`` are required beside the numbers that say the same.
"""
