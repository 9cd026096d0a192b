const INVERSE_SQRT_2PI = 1 / Math.sqrt(2 * Math.PI);
/** Beyond this many deviations the tail is smaller than any price. */
const TAIL_END = 37;
const TAIL_START = 7.071_067_811_865_47;

export function normalDensity(x: number): number {
  return INVERSE_SQRT_2PI * Math.exp((-x * x) / 2);
}

/** The cumulative normal distribution to about 1e-15 (Hart 1968, in West's form of 2005). */
export function normalCumulative(x: number): number {
  const size = Math.abs(x);
  if (size > TAIL_END) return x > 0 ? 1 : 0;
  const tail = Math.exp((-size * size) / 2) * (size < TAIL_START ? rationalTail(size) : continuedTail(size));
  return x > 0 ? 1 - tail : tail;
}

function rationalTail(x: number): number {
  const above = horner(
    x,
    [
      3.526_249_659_989_11e-2, 0.700_383_064_443_688, 6.373_962_203_531_65, 33.912_866_078_383, 112.079_291_497_871,
      221.213_596_169_931, 220.206_867_912_376,
    ],
  );
  const below = horner(
    x,
    [
      8.838_834_764_831_84e-2, 1.755_667_163_182_64, 16.064_177_579_207, 86.780_732_202_946_1, 296.564_248_779_674,
      637.333_633_378_831, 793.826_512_519_948, 440.413_735_824_752,
    ],
  );
  return above / below;
}

function continuedTail(x: number): number {
  return INVERSE_SQRT_2PI / (x + 1 / (x + 2 / (x + 3 / (x + 4 / (x + 0.65)))));
}

function horner(x: number, coefficients: readonly number[]): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}
