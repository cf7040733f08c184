import { existing } from '../exists.ts';

/** Its status holds tokens alone. Source: Argo CD 3.6, pkg/apis/application/v1alpha1/app_project_types.go AppProjectStatus. */
export const argoAppProject = existing('argoproj.io', 'AppProject');
