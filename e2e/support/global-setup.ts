import { startStage } from './stage.ts';

// Playwright wants a default export here.
export default startStage;
