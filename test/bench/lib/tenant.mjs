import { Agent, request } from 'node:http';

/** One client's calls over connections of its own, kept open; closing `signal` ends what is under way. */
export function tenant(url, key) {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 1_000, scheduling: 'fifo' });
  const begin = (method, path, { body, accept = 'application/json', signal } = {}) =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? undefined : JSON.stringify(body);
      const headers = { authorization: `Bearer ${key}`, accept };
      if (text !== undefined)
        Object.assign(headers, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
      request(`${url}${path}`, { method, agent, headers, signal }, resolve).on('error', reject).end(text);
    });
  const call = async (method, path, body, signal) => {
    const answer = await begin(method, path, { body, signal });
    const chunks = [];
    for await (const chunk of answer) chunks.push(chunk);
    return { status: answer.statusCode, body: JSON.parse(Buffer.concat(chunks).toString()) };
  };
  return Object.assign(call, {
    stream: (path, signal) => begin('GET', path, { accept: 'text/event-stream', signal }),
    /** Reads an answer and looks at its status alone, so that the reader costs as little as it can. */
    status: async (method, path, body, signal) => {
      const answer = await begin(method, path, { body, signal });
      for await (const chunk of answer) void chunk;
      return answer.statusCode;
    },
  });
}

export async function submitMany(call, count, job) {
  for (let left = count; left > 0; left -= 500) {
    const jobs = Array.from({ length: Math.min(500, left) }, () => job);
    const { status, body } = await call('POST', '/v1/jobs/batch', { jobs });
    if (status !== 200) throw new Error(`a batch of jobs was answered with ${status}`);
    const refused = body.items.find((item) => item.status >= 400);
    if (refused !== undefined) throw new Error(`a job was refused: ${JSON.stringify(refused)}`);
  }
}

/** Calls again and again until it is stopped; resolves once the last call has been answered. */
export async function repeat(stop, work) {
  while (!stop.aborted) await work();
}
