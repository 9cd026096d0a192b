import * as z from 'zod';

const brokerCode = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((code) => (code === undefined || code === null ? undefined : String(code)));

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? undefined);

/** One fault within a refusal: `{ code, message }` of a business check or `{ domain, reason }` of a validation. */
const wireFault = z.object({ code: brokerCode, message: text, domain: text, reason: text }).transform((fault) => ({
  code: fault.code ?? fault.domain ?? 'unspecified',
  message: fault.message ?? [fault.domain, fault.reason].filter((part) => part !== undefined).join(' '),
}));

export type WireFault = z.output<typeof wireFault>;

/** The broker's refusal: `{ error: { code, message, errors[] } }`, with a number as code on a 406. */
export const wireError = z.object({
  error: z.object({
    code: brokerCode,
    message: text,
    errors: z
      .array(wireFault)
      .nullish()
      .transform((faults) => faults ?? []),
  }),
});

/** The token endpoint's own shape. The key is `error_code`, not OAuth's `error`; that one is understood too. */
export const wireOauthError = z
  .object({ error_code: z.string().optional(), error: z.string().optional(), error_description: z.string().nullish() })
  .transform((body, ctx) => {
    const code = body.error_code ?? body.error;
    if (code !== undefined) return { code, description: body.error_description ?? undefined };
    ctx.addIssue({ code: 'custom', message: 'no error code' });
    return z.NEVER;
  });
