export { type ExpiryWarning, expiryWarning } from './expiry.ts';
export { type TokenFacts, type TokenHealth, tokenHealth } from './health.ts';
export { type AlertSettings, readAlertSettings, updateAlertSettings } from './license-alerts.ts';
export { type AlertQuery, type AlertRow, listAlerts, markAlertSeen } from './read.ts';
