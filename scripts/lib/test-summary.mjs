// How many tests passed and failed, from vitest's JSON report.

/** A file that could not even be loaded has no tests to count; it counts as one that failed. */
const brokenFiles = (report) =>
  report.testResults.filter(({ status, assertionResults }) => {
    return status === 'failed' && !assertionResults.some((test) => test.status === 'failed');
  }).length;

/**
 * @param report vitest's JSON report, or undefined when there is none
 * @param exitCodes of the steps; one that is not 0 must show in the counts even if no test failed
 */
export function summarise(report, exitCodes) {
  const passed = report?.numPassedTests ?? 0;
  const failed = report === undefined ? 0 : report.numFailedTests + brokenFiles(report);
  return { passed, failed: failed === 0 && exitCodes.some((code) => code !== 0) ? 1 : failed };
}
