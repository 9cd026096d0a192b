import { isPositive } from '../../core/decimal.ts';
import { judgeCourses, onlyCloses } from './closing.ts';
import type { JudgedLeg } from './closing.ts';
import type { OrderFacts, PricedTicket } from './order-facts.ts';

export type JudgedPart = PricedTicket & { readonly legs: readonly JudgedLeg[] };

/** Parts that may all come to pass, one after the other. */
export type Course = readonly JudgedPart[];

/** An order with what is known of its effect on the positions. */
export type JudgedOrder = {
  readonly facts: OrderFacts;
  readonly courses: readonly Course[];
  /** Every leg of every part only closes, whatever comes to pass. */
  readonly isClosing: boolean;
};

export function judgeOrder(facts: OrderFacts): JudgedOrder {
  const courses = judgeCourses(facts);
  return { facts, courses, isClosing: onlyCloses(courses) };
}

export const openedLegs = ({ legs }: JudgedPart): readonly JudgedLeg[] => legs.filter(({ opens }) => isPositive(opens));

/** The parts that open something, each once. */
export function openingParts({ courses }: JudgedOrder): readonly JudgedPart[] {
  const [first, ...others] = courses;
  // The trigger of an OTOCO begins every course, and is the same in all of them.
  const parts = [...(first ?? []), ...others.flatMap((course) => course.slice(-1))];
  return parts.filter((part) => openedLegs(part).length > 0);
}
