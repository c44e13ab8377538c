import {
  type BrandVariants,
  type Theme,
  createDarkTheme,
  createLightTheme,
} from '@fluentui/react-components';

/** Fluent's own ramp of lightness in the green of a kitchen garden; 80 on white is 5.0 : 1. */
const green: BrandVariants = {
  10: '#081913',
  20: '#0b271e',
  30: '#0d3327',
  40: '#114232',
  50: '#0f513d',
  60: '#0c6049',
  70: '#046d52',
  80: '#057e5f',
  90: '#189a76',
  100: '#41b18c',
  110: '#62ba9a',
  120: '#79c3a7',
  130: '#97d0b9',
  140: '#b6dccc',
  150: '#d0e8de',
  160: '#ebf5f0',
};

export const lightTheme: Theme = createLightTheme(green);

export const darkTheme: Theme = {
  ...createDarkTheme(green),
  // Links and selected tabs on a dark ground need a lighter green than Fluent takes.
  colorBrandForeground1: green[110],
  colorBrandForeground2: green[120],
};
