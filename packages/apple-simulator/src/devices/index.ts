export { registerDeviceControls } from './controls.ts';
export { Fleet } from './fleet.ts';
