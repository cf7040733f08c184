import { existing } from '../exists.ts';

/** Read by the operator. Source: Zalando postgres-operator 2.0, pkg/apis/acid.zalan.do/v1/postgres_team_type.go. */
export const zalandoPostgresTeam = existing('acid.zalan.do', 'PostgresTeam');
