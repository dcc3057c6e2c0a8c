{{- /* The affinity of the broker's nodes: several never share a machine, unless the values say what else they avoid. */ -}}
{{- define "system.brokerAffinity" -}}
{{- $affinity := include "system.setting" (dict "context" . "name" "rabbitmq" "key" "affinity") | fromJson -}}
{{- if and (gt (int .Values.rabbitmq.replicas) 1) (not (hasKey $affinity "podAntiAffinity")) -}}
{{- $apart := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (include "system.brokerSelector" . | fromJson) -}}
{{- $_ := set $affinity "podAntiAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (list $apart)) -}}
{{- end -}}
{{ toJson $affinity }}
{{- end }}

{{- define "system.brokerSelector" -}}
{ "matchLabels": { "app.kubernetes.io/name": "rabbit" } }
{{- end }}

{{- /* What the RabbitmqCluster cannot say about its pods but overrides: the template of the operator's StatefulSet; empty for nothing. */ -}}
{{- define "system.brokerPods" -}}
{{- $metadata := dict -}}
{{- range $field, $key := dict "labels" "podLabels" "annotations" "podAnnotations" -}}
{{- with include "system.setting" (dict "context" $ "name" "rabbitmq" "key" $key) | fromJson }}{{ $_ := set $metadata $field . }}{{ end -}}
{{- end -}}
{{- $spec := dict -}}
{{- with include "system.setting" (dict "context" . "name" "rabbitmq" "key" "nodeSelector") | fromJson }}{{ $_ := set $spec "nodeSelector" . }}{{ end -}}
{{- $priority := .Values.rabbitmq.priorityClassName | default .Values.priorityClassName -}}
{{- if $priority }}{{ $_ := set $spec "priorityClassName" $priority }}{{ end -}}
{{- if hasKey .Values.rabbitmq "podSecurityContext" }}{{ $_ := set $spec "securityContext" .Values.rabbitmq.podSecurityContext }}{{ end -}}
{{- if gt (int .Values.rabbitmq.replicas) 1 -}}
{{- $constraints := list -}}
{{- range .Values.rabbitmq.topologySpreadConstraints -}}
{{- $constraint := dict "labelSelector" (include "system.brokerSelector" $ | fromJson) -}}
{{- range $key, $value := . }}{{ $_ := set $constraint $key $value }}{{ end -}}
{{- $constraints = append $constraints $constraint -}}
{{- end -}}
{{- if $constraints }}{{ $_ := set $spec "topologySpreadConstraints" $constraints }}{{ end -}}
{{- end -}}
{{- $template := dict -}}
{{- if $metadata }}{{ $_ := set $template "metadata" $metadata }}{{ end -}}
{{- if $spec }}{{ $_ := set $template "spec" (merge (dict "containers" list) $spec) }}{{ end -}}
{{ toJson $template }}
{{- end }}
