{{/* Labels of every object of the release. */}}
{{- define "handler.labels" -}}
{{ include "handler.podLabels" (dict "root" . "component" "handler") }}
{{ include "handler.madeBy" . }}
{{- end }}

{{/* Labels of objects that exist only while the release is installed, upgraded or tested; `component` names the hook. */}}
{{- define "handler.hookLabels" -}}
{{ include "handler.podLabels" . }}
{{ include "handler.madeBy" .root }}
{{- end }}

{{/* Labels of pods, without any that change with the chart alone: such a change would replace the pods. */}}
{{- define "handler.podLabels" -}}
{{ include "handler.ofRelease" .root }}
app.kubernetes.io/component: {{ .component }}
app.kubernetes.io/part-of: warren
app.kubernetes.io/version: {{ include "handler.version" .root | trunc 63 | trimAll "-_." | quote }}
{{- end }}

{{/* Selects the handler's pods but not those of its hooks. */}}
{{- define "handler.selector" -}}
{{ include "handler.ofRelease" . }}
app.kubernetes.io/component: handler
{{- end }}

{{/* Selects all pods of the release. */}}
{{- define "handler.ofRelease" -}}
app.kubernetes.io/name: {{ .Release.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "handler.madeBy" -}}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
