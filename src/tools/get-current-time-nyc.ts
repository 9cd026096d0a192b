import { z } from 'zod';
import { newYorkIso } from '../core/new-york.ts';
import { defineTool } from './define-tool.ts';
import { environmentField, environmentOf } from './support/output-fields.ts';
import { heading } from './support/text-table.ts';

const weekdays = new Intl.DateTimeFormat('en-US', { weekday: 'long', timeZone: 'America/New_York' });

export const getCurrentTimeNyc = defineTool({
  name: 'get_current_time_nyc',
  title: 'Time in New York',
  description: 'The present time in New York, the clock of US markets, as ISO 8601 with its offset.',
  scope: 'read',
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  input: z.strictObject({}),
  output: z.object({ environment: environmentField, time: z.string(), weekday: z.string() }),
  async handle(_input, context) {
    const now = context.clock.now();
    const [time, weekday] = [newYorkIso(now), weekdays.format(new Date(now))];
    return {
      data: { ...environmentOf(context), time, weekday },
      text: heading(`${weekday} ${time}`, environmentOf(context)),
    };
  },
});
