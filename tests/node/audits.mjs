// The audits of graphql-http against the endpoint and with the token of the command line; a JSON line for each.
import { serverAudits } from 'graphql-http';

const [url, token] = process.argv.slice(2);
const fetchFn = (address, request = {}) =>
  fetch(address, { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } });

for (const audit of serverAudits({ url, fetchFn })) {
  const { id, name, status, reason } = await audit.fn();
  console.log(JSON.stringify({ id, name, status, reason }));
}
