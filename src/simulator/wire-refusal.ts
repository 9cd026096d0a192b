import type { DeskRefusal, WireObject } from './engine/desk.ts';

export type FieldFault = { readonly domain: string; readonly reason: string };

/** Ends a call with the broker's own refusal: a status and a body in one of its error shapes. */
export class WireRefusal extends Error {
  readonly status: number;
  readonly body: WireObject;

  constructor(status: number, body: WireObject) {
    super(`The simulated broker refuses with ${status}`);
    this.name = 'WireRefusal';
    this.status = status;
    this.body = body;
  }
}

const refusal = (status: number, code: string | number, message: string): WireRefusal =>
  new WireRefusal(status, { error: { code, message } });

export const notFound = (what: string): WireRefusal => refusal(404, 'record_not_found', `Couldn't find ${what}`);

export const noSuchRoute = (): WireRefusal => refusal(404, 'not_found', 'The requested resource was not found');

export const notPermitted = (): WireRefusal => refusal(403, 'not_permitted', 'User not permitted access');

export const insufficientScopes = (): WireRefusal =>
  refusal(403, 'not_permitted', 'Insufficient scopes for this resource');

export const unauthorized = (supportId: string): WireRefusal =>
  refusal(401, 'unauthorized', `Unauthorized. Unique customer support identifier: ${supportId}`);

export const unsupportedVersion = (version: string): WireRefusal =>
  refusal(406, 406, `The requested version ${version} is not supported`);

export const malformedBody = (): WireRefusal =>
  refusal(400, 'validation_error', 'The request body could not be parsed');

export const validationError = (errors: readonly FieldFault[]): WireRefusal =>
  new WireRefusal(400, { error: { code: 'validation_error', message: 'Request validation failed', errors } });

/** The desk's refusal as it leaves the house; `data` stays beside `error` when the margin had been computed. */
export const deskRefusal = (refused: DeskRefusal): WireRefusal =>
  new WireRefusal(refused.status, {
    ...(refused.data === undefined ? {} : { data: refused.data }),
    error: refused.error,
  });
