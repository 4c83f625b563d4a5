// What the prediction is worth, in words. No DOM.

import { count, signedRatio } from './format.js'

export const NAMES = { transition: 'transition counts', logistic: 'logistic', persistence: 'persistence', climatology: 'climatology' }

/** `{ title, worth, skilful, probabilities, reason }` of the best forecaster. */
export function forecastOf ({ best, skilful, horizon_sessions: horizon, forecasters }) {
  const forecast = forecasters[best] ?? { probabilities: null, probabilities_reason: `no forecaster ${best}` }
  return {
    title: `Prediction, ${horizon} sessions ahead, ${NAMES[best] ?? best}`,
    worth: worth(skilful, forecast),
    skilful,
    probabilities: forecast.probabilities,
    reason: forecast.probabilities_reason ?? null
  }
}

function worth (skilful, { rps_skill: skill, n }) {
  if (!skilful || skill === null || skill === undefined) return 'no better than persistence'
  return `skill ${signedRatio(skill)} over persistence, n ${count(n)}`
}
