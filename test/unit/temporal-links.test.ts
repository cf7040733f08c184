import { describe, expect, it } from 'vitest';
import { runListLink, runQueries, scheduleLink, startFormLink } from '../../src/temporal-links.ts';

const place = { uiUrl: 'https://temporal.example/', namespace: 'dr east' };
const base = 'https://temporal.example/namespaces/dr%20east';

describe('links into the UI', () => {
  it('name the template by its run id alone: a workflow id would be taken over by the new run', () => {
    const link = startFormLink(place, 'run-1');

    expect(link).toBe(`${base}/workflows/start-workflow?taskQueue=rekindle&workflowType=recoverSite&runId=run-1`);
    expect(link).not.toContain('workflowId');
  });

  it('quote what a query holds', () => {
    expect(runListLink(place, runQueries.inState('held'))).toBe(`${base}/workflows?query=RekindleState%3D%22held%22`);
    expect(runListLink(place, runQueries.open)).toBe(
      `${base}/workflows?query=WorkflowType%20IN%20(%22recoverSite%22%2C%20%22drillSite%22)%20AND%20ExecutionStatus%3D%22Running%22`,
    );
    expect(scheduleLink(place, 'a/b')).toBe(`${base}/schedules/a%2Fb`);
  });
});
