/** What can go wrong between the pages and the node, split by what is done next. */
import type { components } from './openapi.gen';

type Problem = components['schemas']['ProblemAnswer'];

/** The node answered, and said no: `status` tells why; the words are the node's own (RFC 9457). */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
  ) {
    super(detail || title);
  }
}

/** The node did not answer: try again later. */
export class Unreachable extends Error {}

/** Bad gateway and gateway timeout: it is a proxy that answers, and says that the node does not. */
export function isGateway(status: number): boolean {
  return status === 502 || status === 504;
}

/** The problem+json of a response that is not ok; works for any other body too. */
export async function refusalOf(response: Response): Promise<Refused> {
  const type = response.headers.get('content-type') ?? '';
  const body: unknown = type.includes('json') ? await response.json().catch(() => null) : null;
  const text = (name: keyof Problem) => {
    const value =
      typeof body === 'object' && body !== null ? (body as Partial<Record<keyof Problem, unknown>>)[name] : undefined;
    return typeof value === 'string' ? value : '';
  };
  return new Refused(
    response.status,
    text('title') || response.statusText || `status ${response.status}`,
    text('detail'),
  );
}
