import { z } from 'zod';

const rule = 'A port is from 1 to 65535.';

export const portInput = z.int().min(1, rule).max(65_535, rule);
