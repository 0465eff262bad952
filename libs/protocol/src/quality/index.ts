// Connection quality: from measured figures to a score, its reasons, its band and the order of attention. Pure, and
// safe in a browser.
export { attentionOf, type AttentionFacts, criticality } from './attention.ts';
export {
  bandEdges,
  bandMargin,
  bandOf,
  type BandState,
  bandWindows,
  initialBand,
  nextBand,
} from './bands.ts';
export { faultOf, type FigureSource, type FiguresFault, type LinkFigures } from './figures.ts';
export { liftOf, minGroupDevices, wilsonInterval } from './lift.ts';
export { type Allowance, type Requirement, requirementOf, requirements } from './requirements.ts';
export { minSamples, type Score, scoreOf, settledSamples } from './score.ts';
export {
  type Band,
  bands,
  type Cause,
  causes,
  causeWords,
  type Confidence,
  confidences,
  type Penalties,
  qualityVersion,
  qualityWindowMs,
  type ServiceClass,
  serviceClasses,
} from './vocabulary.ts';
